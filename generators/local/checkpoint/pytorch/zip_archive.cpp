#include "generators/local/checkpoint/pytorch/zip_archive.h"

#include <cstdint>
#include <string_view>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {
namespace {

using std::filesystem::path;

// Values that stand for "see the Zip64 record".
constexpr std::uint64_t elsewhere16 = 0xFFFF, elsewhere32 = 0xFFFFFFFF;

/// The bytes of an archive, each access within them.
class Bytes {
 public:
  Bytes(const path& file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

  [[nodiscard]] std::span<const std::byte> at(std::uint64_t begin, std::uint64_t count) const {
    if (begin > bytes_.size() || count > bytes_.size() - begin)
      fail(fmt::format("{} bytes at {} do not lie within its {}", count, begin, bytes_.size()));
    return bytes_.subspan(begin, count);
  }

  [[nodiscard]] std::string_view text(std::uint64_t begin, std::uint64_t count) const {
    const auto found = at(begin, count);
    return {reinterpret_cast<const char*>(found.data()), found.size()};
  }

  /// A little-endian number of `count` bytes.
  [[nodiscard]] std::uint64_t number(std::uint64_t begin, std::uint64_t count) const {
    std::uint64_t value = 0;
    for (std::uint64_t i = count; i-- > 0;)
      value = value << 8U | std::to_integer<std::uint64_t>(at(begin + i, 1).front());
    return value;
  }

  void expect(std::uint64_t begin, std::string_view signature, const char* what) const {
    if (text(begin, signature.size()) != signature) fail(fmt::format("there is no {} at byte {}", what, begin));
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw CheckpointError(file_, fmt::format("{}; the file is cut or no zip archive", reason));
  }

 private:
  const path& file_;
  std::span<const std::byte> bytes_;
};

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// Where the record that ends an archive begins: only a comment whose length it states follows.
std::uint64_t end_of(const Bytes& bytes) {
  constexpr std::uint64_t size = 22, longest_comment = 65535;
  for (std::uint64_t comment = 0; comment <= longest_comment && size + comment <= bytes.size(); ++comment) {
    const std::uint64_t begin = bytes.size() - size - comment;
    if (bytes.text(begin, 4) == "PK\5\6" && bytes.number(begin + 20, 2) == comment) return begin;
  }
  bytes.fail("it has no directory of records");
}

Directory find_directory(const Bytes& bytes) {
  const std::uint64_t end = end_of(bytes);
  Directory directory{bytes.number(end + 10, 2), bytes.number(end + 16, 4), bytes.number(end + 12, 4)};
  constexpr std::uint64_t locator_size = 20;
  if (end >= locator_size && bytes.text(end - locator_size, 4) == "PK\6\7") {
    const std::uint64_t larger = bytes.number(end - locator_size + 8, 8);
    bytes.expect(larger, "PK\6\6", "Zip64 record");
    directory = {bytes.number(larger + 32, 8), bytes.number(larger + 48, 8), bytes.number(larger + 40, 8)};
  } else if (directory.entries == elsewhere16 || directory.begin == elsewhere32 || directory.size == elsewhere32) {
    bytes.fail("its Zip64 record is missing");
  }
  (void)bytes.at(directory.begin, directory.size);
  return directory;
}

/// A file's header in the directory; sizes and place of a large one are in its Zip64 extra field.
struct Header {
  std::string_view name;
  bool is_stored = false;  ///< neither compressed nor encrypted
  std::uint64_t size = 0;
  std::uint64_t begin = 0;  ///< of the record's own header
  std::uint64_t next = 0;   ///< where the next one of the directory begins
};

void read_larger_numbers(const Bytes& bytes, std::uint64_t extra, std::uint64_t extra_size,
                         std::initializer_list<std::uint64_t*> numbers) {
  constexpr std::uint64_t zip64 = 1;
  const std::uint64_t end = extra + extra_size;
  for (std::uint64_t field = extra; field + 4 <= end; field += 4 + bytes.number(field + 2, 2)) {
    if (bytes.number(field, 2) != zip64) continue;
    std::uint64_t place = field + 4;
    const std::uint64_t field_end = place + bytes.number(field + 2, 2);
    for (std::uint64_t* const number : numbers) {
      if (*number != elsewhere32) continue;
      if (place + 8 > field_end) bytes.fail("a Zip64 field is too short");
      *number = bytes.number(place, 8);
      place += 8;
    }
    return;
  }
}

Header read_header(const Bytes& bytes, std::uint64_t place) {
  bytes.expect(place, "PK\1\2", "record of the directory");
  constexpr std::uint64_t fixed_size = 46, encrypted = 1, stored = 0;
  const std::uint64_t name_size = bytes.number(place + 28, 2), extra_size = bytes.number(place + 30, 2);
  Header header;
  header.name = bytes.text(place + fixed_size, name_size);
  std::uint64_t packed_size = bytes.number(place + 20, 4);
  header.size = bytes.number(place + 24, 4);
  header.begin = bytes.number(place + 42, 4);
  read_larger_numbers(bytes, place + fixed_size + name_size, extra_size, {&header.size, &packed_size, &header.begin});
  header.is_stored = bytes.number(place + 10, 2) == stored && (bytes.number(place + 8, 2) & encrypted) == 0 &&
                     packed_size == header.size;
  header.next = place + fixed_size + name_size + extra_size + bytes.number(place + 32, 2);
  return header;
}

/// A record's bytes lie behind its own header, whose extra field may be of another size than the directory's.
std::span<const std::byte> data_of(const Bytes& bytes, const Header& header) {
  bytes.expect(header.begin, "PK\3\4", "record");
  constexpr std::uint64_t fixed_size = 30;
  const std::uint64_t name_size = bytes.number(header.begin + 26, 2), extra_size = bytes.number(header.begin + 28, 2);
  if (bytes.text(header.begin + fixed_size, name_size) != header.name)
    bytes.fail(fmt::format("the record at byte {} is not {}", header.begin, printable(header.name)));
  return bytes.at(header.begin + fixed_size + name_size + extra_size, header.size);
}

}  // namespace

ZipArchive::ZipArchive(const path& file) : file_(file), mapping_(MappedFile::open(file)) {
  const Bytes bytes(file, mapping_->bytes());
  const Directory directory = find_directory(bytes);
  std::uint64_t place = directory.begin;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const Header header = read_header(bytes, place);
    place = header.next;
    if (place > directory.begin + directory.size) bytes.fail("its directory is longer than it says");
    const auto [record, is_new] = records_.emplace(header.name, std::nullopt);
    if (!is_new) throw CheckpointError(file, fmt::format("record {} is there twice", printable(header.name)));
    if (header.is_stored) record->second = data_of(bytes, header);
  }
}

std::vector<std::string> ZipArchive::names() const {
  std::vector<std::string> all;
  for (const auto& [name, bytes] : records_) all.push_back(name);
  return all;
}

std::optional<std::span<const std::byte>> ZipArchive::find(const std::string& record) const {
  const auto found = records_.find(record);
  if (found == records_.end()) return std::nullopt;
  if (!found->second)
    throw CheckpointError(
        file_, fmt::format("record {} is compressed or encrypted, which PyTorch's are not", printable(record)));
  return found->second;
}

}  // namespace qualm::generators::local
