#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace qualm::harness {

/// One of `count` parts of a name-sorted list of problems: those whose position modulo count is index - 1.
struct Shard {
  std::size_t index = 1;  ///< 1 .. count
  std::size_t count = 1;

  [[nodiscard]] bool holds(std::size_t position) const { return position % count == index - 1; }
};

/// Parses "i/n" with 1 <= i <= n. Throws UsageError.
[[nodiscard]] Shard parse_shard(const std::string& text);

/// The shard of a Slurm array task (SLURM_ARRAY_TASK_ID, _MIN, _COUNT); std::nullopt outside an array.
/// Throws UsageError where the variables contradict one another.
[[nodiscard]] std::optional<Shard> shard_from_slurm();

/// What the user asked for: `option` where it is not empty, else the Slurm array's, said on standard error, else all.
[[nodiscard]] Shard chosen_shard(const std::string& option);

}  // namespace qualm::harness
