#include "generators/local/checkpoint/pytorch/zip_archive.h"

#include <minizip/unzip.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {
namespace {

using std::filesystem::path;

struct Close {
  void operator()(void* archive) const { unzClose(archive); }
};
using Archive = std::unique_ptr<void, Close>;

[[noreturn]] void refuse(const path& file, const std::string& reason) {
  throw CheckpointError(file, fmt::format("{}; the file is cut or no zip archive", reason));
}

/// Whether the archive's last record, which says how long a comment follows it, ends with the file. minizip does without
/// it where it finds what an archive of more than 4 GB has besides.
bool has_its_end(std::span<const std::byte> bytes) {
  constexpr std::size_t size = 22, longest_comment = 65535;
  constexpr std::string_view signature = "PK\5\6";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t comment = 0; comment <= longest_comment && size + comment <= text.size(); ++comment) {
    const std::string_view end = text.substr(text.size() - size - comment, size);
    const auto byte = [&](std::size_t place) { return std::size_t{static_cast<unsigned char>(end[place])}; };
    if (end.starts_with(signature) && (byte(size - 2) | byte(size - 1) << 8U) == comment) return true;
  }
  return false;
}

}  // namespace

ZipArchive::ZipArchive(const path& file) : file_(file), mapping_(MappedFile::open(file)) {
  const Archive archive(unzOpen64(file.c_str()));
  const auto bytes = mapping_->bytes();
  if (!archive || !has_its_end(bytes)) refuse(file, "it has no directory of records");
  for (int next = unzGoToFirstFile(archive.get()); next != UNZ_END_OF_LIST_OF_FILE; next = unzGoToNextFile(archive.get())) {
    unz_file_info64 info{};
    std::array<char, 512> name{};
    if (next != UNZ_OK || unzGetCurrentFileInfo64(archive.get(), &info, name.data(), name.size(), nullptr, 0, nullptr, 0) != UNZ_OK)
      refuse(file, "its directory of records is malformed");
    if (info.size_filename >= name.size()) throw CheckpointError(file, "the name of a record is too long");
    const std::string record(name.data(), info.size_filename);
    const auto [place, is_new] = records_.emplace(record, std::nullopt);
    if (!is_new) throw CheckpointError(file, fmt::format("record {} is there twice", printable(record)));
    constexpr std::uint64_t encrypted = 1;
    if (info.compression_method != 0 || (info.flag & encrypted) != 0 || info.compressed_size != info.uncompressed_size) continue;
    // Opening reads the record's own header, which says where its bytes begin.
    if (unzOpenCurrentFile(archive.get()) != UNZ_OK) refuse(file, fmt::format("record {} is malformed", printable(record)));
    const std::uint64_t begin = unzGetCurrentFileZStreamPos64(archive.get());
    unzCloseCurrentFile(archive.get());
    if (begin > bytes.size() || info.uncompressed_size > bytes.size() - begin)
      refuse(file, fmt::format("record {} of {} bytes at {} does not lie within the file's {} bytes", printable(record),
                               info.uncompressed_size, begin, bytes.size()));
    place->second = bytes.subspan(begin, info.uncompressed_size);
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
    throw CheckpointError(file_, fmt::format("record {} is compressed or encrypted, which PyTorch's are not", printable(record)));
  return found->second;
}

}  // namespace qualm::generators::local
