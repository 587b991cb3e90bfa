#include "sandbox/collect.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "sandbox/descriptor.h"

namespace qualm::sandbox {
namespace {

/// How deep folders are searched: Java packages need a few; a hostile tree may be as deep as its inodes allow.
constexpr int kDepthLimit = 16;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

Descriptor open_beneath(int directory, const char* name, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Descriptor(static_cast<int>(syscall(SYS_openat2, directory, name, &how, sizeof how)));
}

class Collector {
 public:
  Collector(const std::string& suffix, std::uint64_t limit_bytes) : suffix_(suffix), left_bytes_(limit_bytes) {}

  void search(int directory, const std::string& prefix, int depth) {
    const int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, CloseDirectory> entries(copy < 0 ? nullptr : fdopendir(copy));
    if (!entries) {
      if (copy >= 0) {
        close(copy);
      }
      return;
    }
    rewinddir(entries.get());
    while (const dirent* entry = readdir(entries.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") {
        continue;
      }
      if (entry->d_type == DT_DIR && depth < kDepthLimit) {
        if (const Descriptor inner = open_beneath(directory, name.c_str(), O_RDONLY | O_DIRECTORY)) {
          search(inner.get(), prefix + name + "/", depth + 1);
        }
      } else if (entry->d_type == DT_REG && name.ends_with(suffix_)) {
        take(directory, name, prefix + name);
      }
    }
  }

  std::vector<File> found;

 private:
  void take(int directory, const std::string& name, const std::string& full_name) {
    const Descriptor file = open_beneath(directory, name.c_str(), O_RDONLY);
    struct stat facts {};
    if (!file || fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_nlink != 1 ||
        static_cast<std::uint64_t>(facts.st_size) > left_bytes_) {
      return;
    }
    std::string contents(static_cast<std::size_t>(facts.st_size), '\0');
    std::size_t filled = 0;
    while (filled < contents.size()) {
      const ssize_t got = read(file.get(), contents.data() + filled, contents.size() - filled);
      if (got <= 0) {
        break;
      }
      filled += static_cast<std::size_t>(got);
    }
    contents.resize(filled);
    left_bytes_ -= filled;
    found.push_back({full_name, std::move(contents)});
  }

  const std::string& suffix_;
  std::uint64_t left_bytes_;
};

}  // namespace

std::vector<File> collect_files(int directory, const std::string& suffix, std::uint64_t limit_bytes) {
  Collector collector(suffix, limit_bytes);
  collector.search(directory, "", 0);
  std::ranges::sort(collector.found, {}, &File::name);
  return std::move(collector.found);
}

}  // namespace qualm::sandbox
