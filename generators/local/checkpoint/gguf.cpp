#include "generators/local/checkpoint/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/extents.h"
#include "generators/local/checkpoint/gguf_type.h"
#include "generators/local/checkpoint/mapped_file.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies in the file");

// GGUF's numbers of value types.
enum class ValueType : std::uint32_t {
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  float32,
  boolean,
  string,
  array,
  uint64,
  int64,
  float64
};

// More than any vocabulary, and small enough that a lying count cannot fill memory.
constexpr std::uint64_t most_elements = std::uint64_t{1} << 24;
constexpr std::uint64_t longest_name = 1024;
constexpr std::uint64_t largest_alignment = 65'536;
// The fewest bytes that a metadata entry (key length, type, value) and a tensor entry (name length, dimensions, one
// size, type, offset) take.
constexpr std::uint64_t least_entry = 8 + 4 + 1;
constexpr std::uint64_t least_tensor = 8 + 4 + 8 + 4 + 8;

/// Reads the header from front to back; `place` is what messages say is being read.
class Reader {
 public:
  Reader(const std::filesystem::path& file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  void at(std::string place) { place_ = std::move(place); }
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t remaining() const { return bytes_.size() - position_; }

  [[noreturn]] void fail(const std::string& reason) const {
    throw CheckpointError(file_, fmt::format("{}: {} (byte {} of {})", place_, reason, position_, bytes_.size()));
  }

  template <typename T>
  T number() {
    if (remaining() < sizeof(T)) fail("the file ends here; it is cut or malformed");
    T value;
    std::memcpy(&value, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return value;
  }

  std::string string(std::uint64_t longest = std::numeric_limits<std::uint64_t>::max()) {
    const auto length = number<std::uint64_t>();
    if (length > longest) fail(fmt::format("a name of {} bytes, where {} are the most", length, longest));
    if (length > remaining())
      fail(fmt::format("a string of {} bytes, where {} are left; the file is cut or malformed", length, remaining()));
    std::string text(reinterpret_cast<const char*>(bytes_.data()) + position_, length);
    position_ += length;
    return text;
  }

  bool boolean() {
    const auto value = number<std::uint8_t>();
    if (value > 1) fail(fmt::format("a boolean of value {}", value));
    return value == 1;
  }

  std::int64_t uint64() {
    const auto value = number<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      fail(fmt::format("the integer {} is too large", value));
    return static_cast<std::int64_t>(value);
  }

 private:
  const std::filesystem::path& file_;
  std::span<const std::byte> bytes_;
  std::uint64_t position_ = 0;
  std::string place_;
};

std::optional<std::int64_t> read_integer(Reader& reader, ValueType type) {
  switch (type) {
    case ValueType::uint8: return reader.number<std::uint8_t>();
    case ValueType::int8: return reader.number<std::int8_t>();
    case ValueType::uint16: return reader.number<std::uint16_t>();
    case ValueType::int16: return reader.number<std::int16_t>();
    case ValueType::uint32: return reader.number<std::uint32_t>();
    case ValueType::int32: return reader.number<std::int32_t>();
    case ValueType::uint64: return reader.uint64();
    case ValueType::int64: return reader.number<std::int64_t>();
    default: return std::nullopt;
  }
}

/// Bytes of one element in the file, for strings their length's.
std::uint64_t least_size(Reader& reader, ValueType type) {
  switch (type) {
    case ValueType::uint8:
    case ValueType::int8:
    case ValueType::boolean: return 1;
    case ValueType::uint16:
    case ValueType::int16: return 2;
    case ValueType::uint32:
    case ValueType::int32:
    case ValueType::float32: return 4;
    case ValueType::uint64:
    case ValueType::int64:
    case ValueType::float64:
    case ValueType::string: return 8;
    case ValueType::array: reader.fail("an array of arrays is not supported");
  }
  reader.fail(fmt::format("value type {} is not one of GGUF's", static_cast<std::uint32_t>(type)));
}

template <typename T, typename Read>
std::vector<T> read_elements(std::uint64_t count, const Read& read) {
  std::vector<T> values;
  values.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) values.push_back(read());
  return values;
}

GgufValue read_array(Reader& reader) {
  const auto type = static_cast<ValueType>(reader.number<std::uint32_t>());
  const auto count = reader.number<std::uint64_t>();
  const std::uint64_t size = least_size(reader, type);
  if (count > most_elements || count > reader.remaining() / size)
    reader.fail(fmt::format("an array of {} elements, where {} bytes are left", count, reader.remaining()));
  switch (type) {
    case ValueType::boolean: return read_elements<bool>(count, [&] { return reader.boolean(); });
    case ValueType::string: return read_elements<std::string>(count, [&] { return reader.string(); });
    case ValueType::float32:
      return read_elements<double>(count, [&] { return static_cast<double>(reader.number<float>()); });
    case ValueType::float64: return read_elements<double>(count, [&] { return reader.number<double>(); });
    default: return read_elements<std::int64_t>(count, [&] { return *read_integer(reader, type); });
  }
}

GgufValue read_value(Reader& reader) {
  const auto type = static_cast<ValueType>(reader.number<std::uint32_t>());
  switch (type) {
    case ValueType::boolean: return reader.boolean();
    case ValueType::string: return reader.string();
    case ValueType::array: return read_array(reader);
    case ValueType::float32: return static_cast<double>(reader.number<float>());
    case ValueType::float64: return reader.number<double>();
    default: break;
  }
  if (const auto integer = read_integer(reader, type)) return *integer;
  reader.fail(fmt::format("value type {} is not one of GGUF's", static_cast<std::uint32_t>(type)));
}

struct Header {
  std::uint64_t tensors = 0;
  std::uint64_t entries = 0;
};

Header read_header(Reader& reader) {
  reader.at("header");
  const auto magic = reader.number<std::uint32_t>();
  if (magic != 0x46554747U) reader.fail("this is not a GGUF file: it does not begin with 'GGUF'");
  const auto version = reader.number<std::uint32_t>();
  if (version == 0x02000000U || version == 0x03000000U) reader.fail("a big-endian GGUF file is not supported");
  if (version != 2 && version != 3) reader.fail(fmt::format("GGUF version {} is not supported; 2 and 3 are", version));
  Header header;
  header.tensors = reader.number<std::uint64_t>();
  header.entries = reader.number<std::uint64_t>();
  if (header.entries > reader.remaining() / least_entry)
    reader.fail(fmt::format("{} metadata entries do not fit into the file", header.entries));
  if (header.tensors > reader.remaining() / least_tensor)
    reader.fail(fmt::format("{} tensors do not fit into the file", header.tensors));
  return header;
}

struct TensorEntry {
  std::string name;
  std::vector<std::int64_t> shape;
  quant::Type type = quant::Type::f32;
  MatrixShape matrix;
  std::uint64_t offset = 0;  ///< from the beginning of the tensors' data
};

TensorEntry read_tensor_entry(Reader& reader, std::uint64_t index) {
  reader.at(fmt::format("tensor number {}", index));
  TensorEntry entry;
  entry.name = reader.string(longest_name);
  reader.at(fmt::format("tensor {}", printable(entry.name)));
  const auto dimensions = reader.number<std::uint32_t>();
  if (dimensions == 0 || dimensions > 4) reader.fail(fmt::format("{} dimensions, where 1 to 4 are usual", dimensions));
  for (std::uint32_t i = 0; i < dimensions; ++i) entry.shape.push_back(reader.uint64());
  std::reverse(entry.shape.begin(), entry.shape.end());
  const auto number = reader.number<std::uint32_t>();
  const auto type = gguf_type(number);
  if (!type)
    reader.fail(fmt::format("type {} is not supported; these are: {}", gguf_type_name(number), gguf_type_names()));
  entry.type = *type;
  entry.offset = reader.number<std::uint64_t>();
  try {
    entry.matrix = matrix_shape(entry.type, entry.shape);
  } catch (const std::invalid_argument& error) {
    reader.fail(error.what());
  }
  return entry;
}

std::uint64_t alignment_of(const Reader& reader, const std::int64_t* stated) {
  constexpr std::uint64_t usual = 32;
  if (stated == nullptr) return usual;
  const auto alignment = static_cast<std::uint64_t>(*stated);
  if (*stated <= 0 || alignment > largest_alignment || !std::has_single_bit(alignment))
    reader.fail(fmt::format("general.alignment is {}, not a power of two up to {}", *stated, largest_alignment));
  return alignment;
}

std::string_view kind_of(const GgufValue& value) {
  constexpr std::string_view names[] = {"a boolean",
                                        "an integer",
                                        "a number",
                                        "a string",
                                        "an array of booleans",
                                        "an array of integers",
                                        "an array of numbers",
                                        "an array of strings"};
  return names[value.index()];
}

}  // namespace

GgufFile::GgufFile(const std::filesystem::path& file) : file_(file) {
  const auto mapping = MappedFile::open(file);
  Reader reader(file_, mapping->bytes());
  const Header header = read_header(reader);
  for (std::uint64_t i = 0; i < header.entries; ++i) {
    reader.at(fmt::format("metadata entry number {}", i));
    std::string key = reader.string(longest_name);
    reader.at(fmt::format("metadata {}", printable(key)));
    GgufValue value = read_value(reader);
    if (!metadata_.emplace(std::move(key), std::move(value)).second) reader.fail("the key is there twice");
  }

  std::vector<TensorEntry> entries;
  for (std::uint64_t i = 0; i < header.tensors; ++i) entries.push_back(read_tensor_entry(reader, i));
  reader.at("tensor data");
  const std::uint64_t alignment = alignment_of(reader, find<std::int64_t>("general.alignment"));
  const std::uint64_t padding = (alignment - reader.position() % alignment) % alignment;
  const std::uint64_t data_size = reader.remaining() > padding ? reader.remaining() - padding : 0;
  const auto data = mapping->bytes().last(data_size);

  std::vector<Extent> extents;
  for (TensorEntry& entry : entries) {
    reader.at(fmt::format("tensor {}", printable(entry.name)));
    if (entry.offset % alignment != 0)
      reader.fail(fmt::format("offset {} is not a multiple of the alignment {}", entry.offset, alignment));
    if (entry.offset > data_size || entry.matrix.bytes > data_size - entry.offset)
      reader.fail(fmt::format("{} bytes at offset {} of the tensor data, which has {}; the file is cut or malformed",
                              entry.matrix.bytes, entry.offset, data_size));
    extents.push_back({entry.name, entry.offset, entry.matrix.bytes});
    GgufTensor tensor;
    tensor.shape = std::move(entry.shape);
    tensor.packed = {entry.type, entry.matrix.rows, entry.matrix.columns,
                     data.subspan(entry.offset, entry.matrix.bytes), mapping};
    if (!tensors_.emplace(entry.name, std::move(tensor)).second) reader.fail("the tensor is there twice");
  }
  refuse_overlap(file_, std::move(extents));
}

template <typename T>
const T* GgufFile::find(const std::string& key) const {
  const auto place = metadata_.find(key);
  if (place == metadata_.end()) return nullptr;
  const T* value = std::get_if<T>(&place->second);
  if (value == nullptr)
    throw CheckpointError(file_, fmt::format("metadata {} is {}, where {} is wanted", printable(key),
                                             kind_of(place->second), kind_of(GgufValue(T{}))));
  return value;
}

template const bool* GgufFile::find(const std::string&) const;
template const std::int64_t* GgufFile::find(const std::string&) const;
template const double* GgufFile::find(const std::string&) const;
template const std::string* GgufFile::find(const std::string&) const;
template const std::vector<bool>* GgufFile::find(const std::string&) const;
template const std::vector<std::int64_t>* GgufFile::find(const std::string&) const;
template const std::vector<double>* GgufFile::find(const std::string&) const;
template const std::vector<std::string>* GgufFile::find(const std::string&) const;

}  // namespace qualm::generators::local
