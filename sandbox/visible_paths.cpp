#include "sandbox/visible_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "sandbox/error.h"

namespace qualm::sandbox {
namespace {

namespace fs = std::filesystem;

/// As the kernel's limit on links followed in one path.
constexpr int kLinksLimit = 40;

bool is_inside(const std::string& path, const std::string& folder) { return path.starts_with(folder + "/"); }

class Resolver {
 public:
  void add(const fs::path& wanted) {
    if (!wanted.is_absolute()) {
      throw SandboxError(fmt::format("sandbox: visible path {} is not absolute", wanted.string()));
    }
    const fs::path below_root = wanted.lexically_normal().relative_path();
    std::deque<fs::path> left(below_root.begin(), below_root.end());
    fs::path reached = "/";
    int followed = 0;
    while (!left.empty()) {
      const fs::path part = left.front();
      left.pop_front();
      if (part.empty() || part == ".") {
        continue;
      }
      if (part == "..") {
        reached = reached.parent_path();
        continue;
      }
      const fs::path next = reached / part;
      std::error_code error;
      const fs::file_status status = fs::symlink_status(next, error);
      if (!fs::exists(status)) {
        throw SandboxError(fmt::format("sandbox: visible path {}: {}: {}", wanted.string(), next.string(),
                                       error ? error.message() : "no such file"));
      }
      if (!fs::is_symlink(status)) {
        reached = next;
        continue;
      }
      if (++followed > kLinksLimit) {
        throw SandboxError(fmt::format("sandbox: visible path {}: too many symbolic links", wanted.string()));
      }
      const fs::path target = fs::read_symlink(next);
      links_[next.string()] = target.string();
      left.insert(left.begin(), target.begin(), target.end());
      if (target.is_absolute()) {
        left.pop_front();
        reached = "/";
      }
    }
    if (reached == "/") {
      throw SandboxError("sandbox: visible path / would show the whole machine");
    }
    mounted_[reached.string()] = fs::is_directory(reached);
  }

  [[nodiscard]] VisibleTree tree() const {
    VisibleTree result;
    // In the order of names a folder comes before what it contains, but "a-b" stands between "a" and "a/b".
    std::set<std::string> folders;
    const auto covered = [&](const std::string& path) {
      return std::ranges::any_of(folders, [&](const std::string& folder) { return is_inside(path, folder); });
    };
    for (const auto& [path, is_directory] : mounted_) {
      if (!covered(path)) {
        result.mounted.push_back({path, is_directory, false});
        if (is_directory) {
          folders.insert(path);
        }
      }
    }
    for (const auto& [path, target] : links_) {
      if (!covered(path)) {
        result.links.push_back({path, target});
      }
    }
    return result;
  }

 private:
  std::map<std::string, std::string> links_;
  std::map<std::string, bool> mounted_;
};

}  // namespace

VisibleTree resolve_visible(const std::vector<std::filesystem::path>& wanted) {
  Resolver resolver;
  for (const fs::path& path : wanted) {
    resolver.add(path);
  }
  return resolver.tree();
}

}  // namespace qualm::sandbox
