#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::generators::local {

/// The bytes of a GGUF file, put together by hand so that any of them can be wrong.
class GgufBytes {
 public:
  template <typename T>
  GgufBytes& number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  GgufBytes& string(std::string_view text) {
    number<std::uint64_t>(text.size());
    bytes_ += text;
    return *this;
  }
  GgufBytes& header(std::uint64_t tensors, std::uint64_t entries, std::uint32_t version = 3) {
    bytes_ += "GGUF";
    return number(version).number(tensors).number(entries);
  }
  GgufBytes& entry(std::string_view key, std::uint32_t value) {
    return string(key).number<std::uint32_t>(4).number(value);
  }
  GgufBytes& entry(std::string_view key, float value) { return string(key).number<std::uint32_t>(6).number(value); }
  GgufBytes& entry(std::string_view key, std::string_view text) {
    return string(key).number<std::uint32_t>(8).string(text);
  }
  /// `dimensions` innermost first, as in the file.
  GgufBytes& tensor(std::string_view name, const std::vector<std::uint64_t>& dimensions, std::uint32_t type,
                    std::uint64_t offset) {
    string(name).number(static_cast<std::uint32_t>(dimensions.size()));
    for (const std::uint64_t dimension : dimensions) number(dimension);
    return number(type).number(offset);
  }
  /// Zeros up to the alignment, then `size` bytes of data.
  GgufBytes& data(std::size_t size) {
    bytes_.resize((bytes_.size() + 31) / 32 * 32);
    bytes_.append(size, '\x01');
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace qualm::generators::local
