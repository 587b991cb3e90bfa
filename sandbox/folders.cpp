#include "sandbox/folders.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace qualm::sandbox {

bool make_folders(int root, const char* path, bool itself) {
  const char* relative_path = path[0] == '/' ? path + 1 : path;
  const std::size_t length = std::strlen(relative_path);
  std::array<char, PATH_MAX> part{};
  if (length >= part.size()) {
    errno = ENAMETOOLONG;
    return false;
  }
  for (std::size_t i = 1; i <= length; ++i) {
    if (relative_path[i] == '/' || (relative_path[i] == '\0' && itself)) {
      std::memcpy(part.data(), relative_path, i);
      part[i] = '\0';
      if (mkdirat(root, part.data(), 0755) != 0 && errno != EEXIST) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace qualm::sandbox
