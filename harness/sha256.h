#pragma once

#include <string>
#include <string_view>

namespace qualm::harness {

/// SHA-256 (FIPS 180-4) in small hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace qualm::harness
