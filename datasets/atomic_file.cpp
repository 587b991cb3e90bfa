#include "datasets/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "datasets/descriptor.h"
#include "datasets/gzip.h"
#include "datasets/input_error.h"

namespace qualm::datasets {
namespace {

std::string system_reason(int error) { return std::system_category().message(error); }

// Opens the temporary file and holds its lock. Another writer of the same file may rename it away between open and
// lock; then the locked inode is no longer the one at that name, and the opening is tried again.
Descriptor open_locked(const std::filesystem::path& temporary, const std::filesystem::path& file) {
  for (;;) {
    Descriptor descriptor(::open(temporary.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (descriptor.get() < 0) throw OutputError(file, "cannot be written: " + system_reason(errno));
    if (::flock(descriptor.get(), LOCK_EX) != 0) throw OutputError(file, "cannot be locked: " + system_reason(errno));
    struct stat opened {};
    struct stat named {};
    if (::fstat(descriptor.get(), &opened) != 0) throw OutputError(file, "stat: " + system_reason(errno));
    if (::lstat(temporary.c_str(), &named) == 0 && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
      return descriptor;
  }
}

void write_all(int descriptor, std::string_view contents, const std::filesystem::path& file) {
  while (!contents.empty()) {
    const ssize_t written = ::write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw OutputError(file, "cannot be written: " + system_reason(errno));
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& file) {
  // O_NONBLOCK: a FIFO under the name must not hang the reader; it is refused below.
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) throw InputError(file, "cannot be read: " + system_reason(errno));
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) throw InputError(file, "cannot be read: " + system_reason(errno));
  if (!S_ISREG(status.st_mode)) throw InputError(file, "is not a regular file");
  if (status.st_size > static_cast<off_t>(maximum_unpacked_bytes))
    throw InputError(file, fmt::format("is larger than {} MiB", maximum_unpacked_bytes >> 20));
  std::string contents(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t used = 0;
  while (used < contents.size()) {
    const ssize_t count = ::read(descriptor.get(), contents.data() + used, contents.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw InputError(file, "cannot be read: " + system_reason(errno));
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  contents.resize(used);
  return contents;
}

std::filesystem::path temporary_name(const std::filesystem::path& file) {
  return file.parent_path() / ("." + file.filename().string() + ".partial");
}

void write_file_atomically(const std::filesystem::path& file, std::string_view contents) {
  const std::filesystem::path temporary = temporary_name(file);
  const Descriptor descriptor = open_locked(temporary, file);
  try {
    if (::ftruncate(descriptor.get(), 0) != 0) throw OutputError(file, "cannot be written: " + system_reason(errno));
    write_all(descriptor.get(), contents, file);
    if (::fsync(descriptor.get()) != 0) throw OutputError(file, "cannot be synced: " + system_reason(errno));
    if (::rename(temporary.c_str(), file.c_str()) != 0)
      throw OutputError(file, "cannot be put in place: " + system_reason(errno));
  } catch (const OutputError&) {
    ::unlink(temporary.c_str());
    throw;
  }
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const Descriptor folder_descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder_descriptor.get() < 0 || ::fsync(folder_descriptor.get()) != 0)
    throw OutputError(folder, "cannot be synced: " + system_reason(errno));
}

}  // namespace qualm::datasets
