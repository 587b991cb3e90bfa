#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generators/local/checkpoint/mapped_file.h"

namespace qualm::generators::local {

/// The records of a zip archive as torch.save writes it: stored, not compressed, so that each lies in the file as it
/// is. The records are views of the memory-mapped file. Their checksums are not looked at, as a safetensors file has
/// none. Throws CheckpointError where the file is no zip archive or is cut, or a record is there twice or does not lie
/// within the file. Format, with Zip64: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT. A reader of its
/// own because libraries decompress instead of saying where a record lies, and Debian 12's minizip misreads archives of
/// 4 GiB and more.
class ZipArchive {
 public:
  explicit ZipArchive(const std::filesystem::path& file);

  /// All names, sorted.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The bytes of `record`; std::nullopt where there is none. Throws CheckpointError where it is compressed or
  /// encrypted.
  [[nodiscard]] std::optional<std::span<const std::byte>> find(const std::string& record) const;
  /// The whole file; whoever keeps a record's bytes keeps this.
  [[nodiscard]] const std::shared_ptr<const MappedFile>& mapping() const { return mapping_; }

 private:
  std::filesystem::path file_;
  std::shared_ptr<const MappedFile> mapping_;
  std::map<std::string, std::optional<std::span<const std::byte>>> records_;  ///< no bytes: compressed or encrypted
};

}  // namespace qualm::generators::local
