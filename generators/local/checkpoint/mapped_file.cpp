#include "generators/local/checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "datasets/descriptor.h"
#include "generators/local/checkpoint/error.h"

namespace qualm::generators::local {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  throw CheckpointError(file, fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& file) {
  // Non-blocking: a FIFO in a model's place is refused below instead of waited for.
  const datasets::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) fail(file, "cannot be opened");
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) fail(file, "cannot be examined");
  if (!S_ISREG(status.st_mode)) throw CheckpointError(file, "is not a regular file");
  if (status.st_size == 0) throw CheckpointError(file, "is empty");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.get(), 0);
  if (address == MAP_FAILED) fail(file, "cannot be mapped into memory");
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(address), size}));
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

}  // namespace qualm::generators::local
