#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sandbox/jail.h"

namespace qualm::sandbox {

/// A symbolic link that stands between a visible path as the caller wrote it and where it leads.
struct VisibleLink {
  std::string path;
  std::string target;
};

/// A place in the jail's root where something is mounted.
struct MountPoint {
  std::string path;  ///< absolute, free of symbolic links
  bool is_directory = false;
  bool is_scratch = false;  ///< the private tmpfs; else the host's path of the same name, read-only
};

/// More mount points are refused: their descriptors live on the stack of the jail's first process.
inline constexpr std::size_t kMountPointsLimit = 256;

/// Null-terminated strings in the form execve takes, with their storage.
class StringArray {
 public:
  explicit StringArray(std::vector<std::string> text) : text_(std::move(text)) {
    for (std::string& one : text_) {
      pointers_.push_back(one.data());
    }
    pointers_.push_back(nullptr);
  }
  StringArray(const StringArray&) = delete;
  StringArray& operator=(const StringArray&) = delete;
  [[nodiscard]] char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> text_;
  std::vector<char*> pointers_;
};

/// Everything a jail's processes need between clone and exec, built before: they share nothing with the harness's
/// other threads and must not allocate.
struct Plan {
  Plan(const Command& command, const Limits& given, Level wanted, std::vector<std::string> arguments_text,
       std::vector<std::string> environment_text)
      : level(wanted),
        limits(given),
        files(command.files),
        scratch_directory(command.scratch_directory),
        arguments(std::move(arguments_text)),
        environment(std::move(environment_text)) {}

  Level level;
  Limits limits;
  std::span<const File> files;
  std::string scratch_directory;
  StringArray arguments;
  StringArray environment;
  bool started_as_root = false;     ///< with the right to change identity: the program gets the host's nobody
  bool data_limit = false;          ///< RLIMIT_DATA stands in for a memory cgroup
  std::uint64_t process_limit = 0;  ///< RLIMIT_NPROC; 0: the cgroup limits
  std::span<const sock_filter> filter;
  bool recording = false;                ///< the filter notifies the supervisor of unlisted calls
  std::vector<MountPoint> mount_points;  ///< parents before children
  std::vector<VisibleLink> links;        ///< outermost first
  bool root_is_prepared = false;         ///< by enter_zygote_root; the zygote itself says so
  std::string executable;                ///< what arguments[0] leads to, free of symbolic links
  std::span<const File> proc_files;      ///< stand for /proc at Level::no_proc
  std::string scratch_bytes;             ///< size of the private tmpfs, as a mount option
  std::string scratch_inodes;
};

}  // namespace qualm::sandbox
