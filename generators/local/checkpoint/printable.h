#pragma once

#include <string>
#include <string_view>

namespace qualm::generators::local {

/// A name from an untrusted file for a message: in quotes, unprintable bytes as \xNN, cut after 80 bytes.
[[nodiscard]] std::string printable(std::string_view name);

}  // namespace qualm::generators::local
