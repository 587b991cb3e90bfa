#include "datasets/json_document.h"

#include <algorithm>
#include <limits>

#include "datasets/atomic_file.h"
#include "datasets/gzip.h"
#include "datasets/input_error.h"

namespace qualm::datasets {
namespace {

constexpr std::size_t maximum_depth = 200;

// Writing a document recurses once a level: a file of a million brackets must not exhaust the stack.
bool nested_too_deeply(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > maximum_depth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// "line 3, column 7" of a byte offset counted from 1, as nlohmann counts.
std::string position(std::string_view text, std::size_t byte, std::size_t first_line) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return fmt::format("line {}, column {} (byte {})", first_line + lines, before.size() - line_start + 1, byte);
}

// The library's message without its own position, which would contradict ours in a JSON-lines file.
std::string reason(const std::string& message) {
  const std::size_t colon = message.find(": ", message.find("column"));
  std::string text = colon == std::string::npos ? message : message.substr(colon + 2);
  constexpr std::size_t enough = 300;
  if (text.size() > enough) text = text.substr(0, enough) + "...";
  // Bytes of the bad text are quoted in the message: a terminal should not receive them raw.
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return text;
}

bool is_gzip(std::string_view bytes) { return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b'; }

}  // namespace

Json parse_json(std::string_view text, const std::filesystem::path& file, std::size_t first_line) {
  if (nested_too_deeply(text)) throw InputError(file, fmt::format("JSON nested more than {} deep", maximum_depth));
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw InputError(file,
                     fmt::format("bad JSON at {}: {}", position(text, error.byte, first_line), reason(error.what())));
  } catch (const nlohmann::json::exception& error) {
    throw InputError(file, fmt::format("bad JSON: {}", reason(error.what())));
  }
}

Json read_json(const std::filesystem::path& file) { return parse_json_bytes(read_file(file), file); }

Json parse_json_bytes(std::string_view bytes, const std::filesystem::path& file) {
  if (bytes.empty()) throw InputError(file, "is empty");
  if (is_gzip(bytes)) return parse_json(gzip_decompress(bytes, file), file);
  if (file.extension() == ".gz") throw InputError(file, "is named .gz but is not gzip (byte 0)");
  return parse_json(bytes, file);
}

std::string dump_json(const Json& json) { return json.dump(2, ' ', /*ensure_ascii=*/true); }

void write_json(const std::filesystem::path& file, const Json& json, bool compress) {
  const std::string text = dump_json(json);
  write_file_atomically(file, compress ? gzip_compress(text) : text);
}

Fields::Fields(const Json& object, const std::filesystem::path& file, std::string place)
    : object_(object), file_(file), place_(std::move(place)) {
  if (!object.is_object()) fail(fmt::format("expected a JSON object, found {}", object.type_name()));
}

void Fields::fail(const std::string& reason) const {
  throw InputError(file_, place_.empty() ? reason : fmt::format("{}: {}", place_, reason));
}

void Fields::wrong_type(const char* field, const char* wanted, const Json& got) const {
  fail(fmt::format("field \"{}\" is of type {}, expected {}", field, got.type_name(), wanted));
}

const Json* Fields::find(const char* field) const {
  const auto found = object_.find(field);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json& Fields::get(const char* field) const {
  const auto found = object_.find(field);
  if (found == object_.end()) fail(fmt::format("field \"{}\" is missing", field));
  return *found;
}

std::string Fields::string(const char* field) const {
  const Json& value = get(field);
  if (!value.is_string()) wrong_type(field, "string", value);
  return value.get<std::string>();
}

std::int64_t Fields::integer(const char* field) const {
  const Json& value = get(field);
  if (!value.is_number_integer()) wrong_type(field, "integer", value);
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    fail(fmt::format("field \"{}\" is {}, more than a 64-bit integer holds", field, value.dump()));
  return value.get<std::int64_t>();
}

std::vector<std::string> Fields::strings(const char* field) const {
  const Json& value = array(field);
  std::vector<std::string> strings;
  strings.reserve(value.size());
  for (const Json& element : value) {
    if (!element.is_string())
      fail(fmt::format("field \"{}\"[{}] is of type {}, expected string", field, strings.size(), element.type_name()));
    strings.push_back(element.get<std::string>());
  }
  return strings;
}

std::optional<std::string> Fields::optional_string(const char* field) const {
  if (find(field) == nullptr) return std::nullopt;
  return string(field);
}

std::optional<std::int64_t> Fields::optional_integer(const char* field) const {
  if (find(field) == nullptr) return std::nullopt;
  return integer(field);
}

std::optional<double> Fields::optional_number(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) wrong_type(field, "number", *value);
  return value->get<double>();
}

std::optional<bool> Fields::optional_boolean(const char* field) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) wrong_type(field, "true or false", *value);
  return value->get<bool>();
}

const Json& Fields::object(const char* field) const {
  const Json& value = get(field);
  if (!value.is_object()) wrong_type(field, "object", value);
  return value;
}

const Json& Fields::array(const char* field) const {
  const Json& value = get(field);
  if (!value.is_array()) wrong_type(field, "array", value);
  return value;
}

}  // namespace qualm::datasets
