#include "generators/local/checkpoint/json_fields.h"

#include <limits>

#include "datasets/input_error.h"
#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/mapped_file.h"

namespace qualm::generators::local {

using datasets::Json;

Json parse_checkpoint_json(const std::filesystem::path& file, std::string_view text) {
  try {
    return datasets::parse_json(text, file);
  } catch (const datasets::InputError& error) {
    // The message begins with the file already.
    const std::string message = error.what();
    const std::string prefix = file.string() + ": ";
    throw CheckpointError(file, message.starts_with(prefix) ? message.substr(prefix.size()) : message);
  }
}

Json read_checkpoint_json(const std::filesystem::path& file) {
  constexpr std::size_t largest = 64 << 20;
  const auto mapping = MappedFile::open(file);
  const auto bytes = mapping->bytes();
  if (bytes.size() > largest)
    throw CheckpointError(file, fmt::format("has {} bytes, more than any such file", bytes.size()));
  return parse_checkpoint_json(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

JsonFields::JsonFields(const std::filesystem::path& file, const Json& object, std::string place)
    : file_(file), object_(&object), place_(std::move(place)) {
  if (!object.is_object()) fail("is not a JSON object");
}

void JsonFields::fail(const std::string& reason) const {
  throw CheckpointError(file_, place_.empty() ? reason : fmt::format("{}: {}", place_, reason));
}

void JsonFields::fail_type(const char* field, const char* wanted) const {
  const Json* value = find(field);
  fail(value == nullptr ? fmt::format("'{}' is missing", field) : fmt::format("'{}' is not {}", field, wanted));
}

const Json* JsonFields::find(const char* field) const {
  const auto place = object_->find(field);
  return place == object_->end() || place->is_null() ? nullptr : &*place;
}

std::int64_t JsonFields::to_integer(const char* field, const Json& value) const {
  if (!value.is_number_integer()) fail_type(field, "an integer");
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    fail(fmt::format("'{}' is too large", field));
  return value.get<std::int64_t>();
}

std::optional<std::int64_t> JsonFields::optional_integer(const char* field) const {
  const Json* value = find(field);
  return value == nullptr ? std::nullopt : std::optional(to_integer(field, *value));
}

std::optional<double> JsonFields::optional_number(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) fail_type(field, "a number");
  return value->get<double>();
}

std::optional<bool> JsonFields::optional_boolean(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) fail_type(field, "true or false");
  return value->get<bool>();
}

std::optional<std::string> JsonFields::optional_string(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) fail_type(field, "a string");
  return value->get<std::string>();
}

std::int64_t JsonFields::integer(const char* field) const {
  const auto value = optional_integer(field);
  if (!value) fail_type(field, "an integer");
  return *value;
}

double JsonFields::number(const char* field) const {
  const auto value = optional_number(field);
  if (!value) fail_type(field, "a number");
  return *value;
}

std::string JsonFields::string(const char* field) const {
  auto value = optional_string(field);
  if (!value) fail_type(field, "a string");
  return *std::move(value);
}

const Json& JsonFields::array(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr || !value->is_array()) fail_type(field, "a list");
  return *value;
}

std::vector<std::int64_t> JsonFields::integers(const char* field) const {
  std::vector<std::int64_t> values;
  for (const Json& value : array(field)) values.push_back(to_integer(field, value));
  return values;
}

std::vector<std::int64_t> JsonFields::one_or_more_integers(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr) return {};
  if (value->is_array()) return integers(field);
  return {to_integer(field, *value)};
}

std::optional<JsonFields> JsonFields::optional_object(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  return JsonFields(file_, *value, place_.empty() ? field : place_ + "." + field);
}

}  // namespace qualm::generators::local
