#include "sandbox/temporary_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <vector>

#include "sandbox/error.h"
#include "sandbox/policy.h"

namespace qualm::sandbox {
namespace {

namespace fs = std::filesystem;

/// Whether a folder is this user's, or one that this user, as root, gave to programs; and has no living owner.
bool is_abandoned(const fs::path& folder) {
  constexpr std::chrono::seconds kYoung{2};  // its owner may be about to lock it
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!opened || fstat(opened.get(), &facts) != 0) {
    return false;
  }
  const bool ours = facts.st_uid == geteuid() || (geteuid() == 0 && facts.st_uid == kNobody);
  const auto age = std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(facts.st_ctime);
  return ours && age > kYoung && flock(opened.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

TemporaryFolder::TemporaryFolder(const std::string& prefix) {
  std::string pattern = (fs::temp_directory_path() / (prefix + "XXXXXX")).string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw SandboxError(fmt::format("sandbox: mkdtemp {} failed: {}", pattern, std::strerror(errno)));
  }
  path_ = pattern;
  lock_ = Descriptor(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_ || flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    rmdir(path_.c_str());
    throw SandboxError(fmt::format("sandbox: {} cannot be locked: {}", pattern, std::strerror(error)));
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TemporaryFolder::remove_abandoned(const std::string& prefix) {
  std::error_code ignored;
  std::vector<fs::path> abandoned;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::temp_directory_path(ignored), ignored)) {
    if (entry.path().filename().string().starts_with(prefix) && is_abandoned(entry.path())) {
      abandoned.push_back(entry.path());
    }
  }
  for (const fs::path& folder : abandoned) {
    fs::remove_all(folder, ignored);
  }
}

}  // namespace qualm::sandbox
