#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace qualm::datasets {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// SHA-256 (FIPS 180-4, by libcrypto) of bytes that arrive in pieces. Every member throws std::runtime_error where the
/// library refuses.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  /// Of all that was added; nothing may be added after it.
  [[nodiscard]] Sha256Digest finish();

 private:
  struct FreeContext {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, FreeContext> context_;
};

/// Of bytes that are at hand whole.
[[nodiscard]] Sha256Digest sha256(std::string_view bytes);

/// In small hexadecimal digits, as sha256sum prints it.
[[nodiscard]] std::string hexadecimal(const Sha256Digest& digest);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace qualm::datasets
