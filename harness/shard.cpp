#include "harness/shard.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

std::optional<std::size_t> parse_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = parse_number(std::string_view(text).substr(0, slash));
    const auto count = parse_number(std::string_view(text).substr(slash + 1));
    if (index && count && *index >= 1 && *index <= *count) return Shard{*index, *count};
  }
  throw UsageError(fmt::format("--shard {}: expected i/n with 1 <= i <= n, as in --shard 2/8", text));
}

std::optional<Shard> shard_from_slurm() {
  const char* id = std::getenv("SLURM_ARRAY_TASK_ID");
  const char* minimum = std::getenv("SLURM_ARRAY_TASK_MIN");
  const char* count = std::getenv("SLURM_ARRAY_TASK_COUNT");
  if (id == nullptr || minimum == nullptr || count == nullptr) return std::nullopt;
  const auto id_number = parse_number(id);
  const auto minimum_number = parse_number(minimum);
  const auto count_number = parse_number(count);
  if (!id_number || !minimum_number || !count_number || *id_number < *minimum_number ||
      *id_number - *minimum_number >= *count_number)
    throw UsageError(fmt::format(
        "the Slurm array's variables name no shard (task {} of {} from {}): a shard needs a range without steps, as "
        "in --array=1-8; or give --shard i/n",
        id, count, minimum));
  return Shard{*id_number - *minimum_number + 1, *count_number};
}

Shard chosen_shard(const std::string& option) {
  if (!option.empty()) return parse_shard(option);
  const std::optional<Shard> slurm = shard_from_slurm();
  if (!slurm) return Shard{};
  fmt::print(stderr, "shard {}/{} of the Slurm array (--shard 1/1 for everything)\n", slurm->index, slurm->count);
  return *slurm;
}

}  // namespace qualm::harness
