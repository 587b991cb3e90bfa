#include "sandbox/visible_paths.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sandbox/error.h"

namespace fs = std::filesystem;
using namespace qualm::sandbox;

namespace {

class Tree {
 public:
  Tree() {
    std::string pattern = "/tmp/qualm-visible-XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root = fs::canonical(pattern);
    fs::create_directories(root / "a" / "b");
    fs::create_directories(root / "a-b");
    std::ofstream(root / "a" / "b" / "file") << "x";
    fs::create_directory_symlink("a/b", root / "link");
    fs::create_directory_symlink("../link", root / "a" / "back");
    fs::create_directory_symlink("loop", root / "loop");
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { fs::remove_all(root); }
  fs::path root;
};

std::vector<std::string> paths(const VisibleTree& tree) {
  std::vector<std::string> result;
  for (const MountPoint& point : tree.mounted) {
    result.push_back(point.path);
  }
  return result;
}

}  // namespace

TEST_CASE("a path inside another visible folder is not mounted twice") {
  const Tree tree;
  const auto found = resolve_visible({tree.root / "a" / "b" / "file", tree.root / "a-b", tree.root / "a"});
  CHECK(paths(found) == std::vector<std::string>{tree.root / "a", tree.root / "a-b"});
  CHECK(found.links.empty());
}

TEST_CASE("links on the way are made again, where they lead is mounted") {
  const Tree tree;
  const auto found = resolve_visible({tree.root / "a" / "back" / "file"});
  REQUIRE(paths(found) == std::vector<std::string>{tree.root / "a" / "b" / "file"});
  CHECK_FALSE(found.mounted[0].is_directory);
  REQUIRE(found.links.size() == 2);
  CHECK(found.links[0].path == (tree.root / "a" / "back").string());
  CHECK(found.links[0].target == "../link");
  CHECK(found.links[1].target == "a/b");
}

TEST_CASE("a loop of links, a missing and a relative path are refused") {
  const Tree tree;
  CHECK_THROWS_WITH(resolve_visible({tree.root / "loop" / "x"}), Catch::Contains("too many"));
  CHECK_THROWS_WITH(resolve_visible({tree.root / "missing"}), Catch::Contains("missing"));
  CHECK_THROWS_AS(resolve_visible({"a"}), SandboxError);
  CHECK_THROWS_AS(resolve_visible({"/.."}), SandboxError);
}
