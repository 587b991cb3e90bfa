#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/json_document.h"

namespace qualm::generators::local {

/// datasets::parse_json with a CheckpointError instead of its InputError.
[[nodiscard]] datasets::Json parse_checkpoint_json(const std::filesystem::path& file, std::string_view text);
/// The JSON of a whole file of a model, at most 64 MB. Throws CheckpointError.
[[nodiscard]] datasets::Json read_checkpoint_json(const std::filesystem::path& file);

/// Typed fields of one JSON object of a model; a field that is null counts as absent. Every error is a CheckpointError
/// that names file, place and field. `object` must outlive this.
class JsonFields {
 public:
  JsonFields(const std::filesystem::path& file, const datasets::Json& object, std::string place);

  [[nodiscard]] bool has(const char* field) const { return find(field) != nullptr; }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(const char* field) const;
  [[nodiscard]] std::optional<double> optional_number(const char* field) const;
  [[nodiscard]] std::optional<bool> optional_boolean(const char* field) const;
  [[nodiscard]] std::optional<std::string> optional_string(const char* field) const;
  [[nodiscard]] std::int64_t integer(const char* field) const;
  [[nodiscard]] double number(const char* field) const;
  [[nodiscard]] std::string string(const char* field) const;
  [[nodiscard]] const datasets::Json& array(const char* field) const;
  [[nodiscard]] std::vector<std::int64_t> integers(const char* field) const;
  /// One integer or a list of them; empty where absent.
  [[nodiscard]] std::vector<std::int64_t> one_or_more_integers(const char* field) const;
  /// The object of `field`, std::nullopt where absent.
  [[nodiscard]] std::optional<JsonFields> optional_object(const char* field) const;
  [[nodiscard]] const datasets::Json* find(const char* field) const;
  [[noreturn]] void fail(const std::string& reason) const;

 private:
  [[noreturn]] void fail_type(const char* field, const char* wanted) const;
  [[nodiscard]] std::int64_t to_integer(const char* field, const datasets::Json& value) const;

  std::filesystem::path file_;
  const datasets::Json* object_;
  std::string place_;
};

}  // namespace qualm::generators::local
