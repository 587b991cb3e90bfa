#include "harness/shard.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <string>

#include "harness/usage_error.h"

using namespace qualm::harness;

namespace {

/// Sets a Slurm array's variables for one scope; an empty value leaves one unset.
class SlurmVariables {
 public:
  SlurmVariables(const std::string& id, const std::string& minimum, const std::string& count) {
    for (const auto& [name, value] : std::map<std::string, std::string>{{"ID", id}, {"MIN", minimum}, {"COUNT", count}})
      if (!value.empty()) setenv(("SLURM_ARRAY_TASK_" + name).c_str(), value.c_str(), 1);
  }
  SlurmVariables(const SlurmVariables&) = delete;
  SlurmVariables& operator=(const SlurmVariables&) = delete;
  ~SlurmVariables() {
    for (const char* name : {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT"}) unsetenv(name);
  }
};

}  // namespace

TEST_CASE("every position is in exactly one shard") {
  for (std::size_t count = 1; count < 9; ++count)
    for (std::size_t position = 0; position < 40; ++position) {
      std::size_t holders = 0;
      for (std::size_t index = 1; index <= count; ++index) holders += Shard{index, count}.holds(position) ? 1 : 0;
      CHECK(holders == 1);
    }
  CHECK(Shard{2, 5}.holds(6));
}

TEST_CASE("a shard is i/n with 1 <= i <= n") {
  CHECK(parse_shard("3/8").index == 3);
  CHECK(parse_shard("3/8").count == 8);
  for (const char* bad : {"", "3", "0/8", "9/8", "-1/8", "1/0", "1/", "/1", "1/2/3", " 1/2", "1/2 ", "1.0/2", "a/b",
                          "99999999999999999999/1"})
    CHECK_THROWS_AS(parse_shard(bad), UsageError);
}

TEST_CASE("a Slurm array's task is a shard, wherever the array begins") {
  CHECK(shard_from_slurm() == std::nullopt);
  {
    const SlurmVariables variables("12", "10", "4");
    CHECK(shard_from_slurm()->index == 3);
    CHECK(shard_from_slurm()->count == 4);
    CHECK(chosen_shard("").index == 3);
    CHECK(chosen_shard("1/2").count == 2);
  }
  {
    const SlurmVariables variables("0", "0", "1");
    CHECK(shard_from_slurm()->index == 1);
  }
  {
    const SlurmVariables stepped("9", "1", "5");  // --array=1-9:2
    CHECK_THROWS_AS(shard_from_slurm(), UsageError);
  }
  const SlurmVariables outside("", "", "4");
  CHECK(shard_from_slurm() == std::nullopt);
}
