#include "sandbox/cgroup.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "sandbox/error.h"

namespace fs = std::filesystem;
using namespace qualm::sandbox;

TEST_CASE("a run's groups carry its limits and are removed with it") {
  const CgroupPlaces places = find_cgroups();
  if (places.memory.empty()) {
    std::cout << "SKIPPED: no writable memory cgroup: " << places.why_not << '\n';
    return;
  }
  Limits limits;
  limits.memory_bytes = 64ULL << 20;
  const auto groups = [&] {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(places.memory)) {
      if (entry.is_directory() && entry.path().filename().string().starts_with("qualm-" + std::to_string(getpid()))) {
        found.push_back(entry.path());
      }
    }
    return found;
  };
  REQUIRE(groups().empty());
  {
    const Cgroup group(places, limits);
    CHECK(group.limits_memory());
    CHECK(group.memory_kills() == 0);
    REQUIRE(groups().size() == 1);
    std::ifstream file(groups()[0] / (places.version == 1 ? "memory.limit_in_bytes" : "memory.max"));
    std::uint64_t limit = 0;
    file >> limit;
    CHECK(limit == limits.memory_bytes);
  }
  CHECK(groups().empty());
}

TEST_CASE("a place that cannot be written is an error") {
  CgroupPlaces places;
  places.version = 2;
  places.memory = "/proc";
  CHECK_THROWS_AS(Cgroup(places, Limits{}), SandboxError);
}

TEST_CASE("empty groups that a killed harness left are removed, others stay") {
  const CgroupPlaces places = find_cgroups();
  if (places.memory.empty()) {
    std::cout << "SKIPPED: no writable memory cgroup: " << places.why_not << '\n';
    return;
  }
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  const fs::path abandoned = places.memory / "qualm-99999999-1-0";  // no process has so high a number
  const fs::path young = places.memory / "qualm-99999999-1-1";
  const fs::path owned = places.memory / ("qualm-" + std::to_string(getpid()) + "-1-0");
  const fs::path foreign = places.memory / "another-99999999-1-0";
  std::error_code unsupported;
  for (const fs::path& group : {abandoned, young, owned, foreign}) {
    REQUIRE(fs::create_directory(group));
    if (group != young) {
      fs::last_write_time(group, old, unsupported);
    }
  }
  const bool aged =
      !unsupported && fs::last_write_time(abandoned) < fs::file_time_type::clock::now() - std::chrono::minutes(30);
  (void)find_cgroups();
  if (aged) {
    CHECK_FALSE(fs::exists(abandoned));
  }
  CHECK(fs::exists(young));
  CHECK(fs::exists(owned));
  CHECK(fs::exists(foreign));
  for (const fs::path& group : {abandoned, young, owned, foreign}) {
    fs::remove(group);
  }
}
