#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace qualm::generators::local {

/// A regular file in memory, read-only and shared with the page cache. Throws CheckpointError where `file` cannot be
/// opened, is not a regular file, or is empty.
class MappedFile {
 public:
  [[nodiscard]] static std::shared_ptr<const MappedFile> open(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace qualm::generators::local
