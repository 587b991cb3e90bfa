#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::datasets {

/// JSON whose objects keep the order of their fields, so that a rewritten file reads like the one it came from.
using Json = nlohmann::ordered_json;

/// Parses JSON text strictly. Throws InputError naming `file` and line and column (counted from `first_line`) for bad
/// syntax, invalid UTF-8, a lone surrogate, or nesting deeper than any real file's.
[[nodiscard]] Json parse_json(std::string_view text, const std::filesystem::path& file, std::size_t first_line = 1);

/// Parses a file's bytes, gzip or plain, by the first of them. Throws InputError.
[[nodiscard]] Json parse_json_bytes(std::string_view bytes, const std::filesystem::path& file);

/// Reads a JSON file, gzip or plain, by its contents' first bytes, not its name. Throws InputError.
[[nodiscard]] Json read_json(const std::filesystem::path& file);

/// Text as Python's json.dumps(indent=2) writes it: non-ASCII characters escaped.
[[nodiscard]] std::string dump_json(const Json& json);

/// Writes dump_json's text atomically, gzip where `compress`. Throws OutputError.
void write_json(const std::filesystem::path& file, const Json& json, bool compress);

/// Reads typed fields of one object; every error names the file, the object's place in it and the field.
class Fields {
 public:
  /// `object` must outlive this. `place` is how messages name the object, empty for the file's top level.
  /// Throws InputError where `object` is not a JSON object.
  Fields(const Json& object, const std::filesystem::path& file, std::string place = "");

  [[nodiscard]] std::string string(const char* field) const;
  [[nodiscard]] std::int64_t integer(const char* field) const;
  [[nodiscard]] std::vector<std::string> strings(const char* field) const;
  /// std::nullopt where the field is absent or null.
  [[nodiscard]] std::optional<std::string> optional_string(const char* field) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(const char* field) const;
  [[nodiscard]] std::optional<double> optional_number(const char* field) const;
  [[nodiscard]] std::optional<bool> optional_boolean(const char* field) const;
  /// The field's value, an object. Throws InputError where it is absent or not an object.
  [[nodiscard]] const Json& object(const char* field) const;
  /// The field's value, an array. Throws InputError where it is absent or not an array.
  [[nodiscard]] const Json& array(const char* field) const;

 private:
  [[nodiscard]] const Json* find(const char* field) const;
  [[nodiscard]] const Json& get(const char* field) const;
  [[noreturn]] void fail(const std::string& reason) const;
  [[noreturn]] void wrong_type(const char* field, const char* wanted, const Json& got) const;

  const Json& object_;
  const std::filesystem::path& file_;
  std::string place_;
};

}  // namespace qualm::datasets
