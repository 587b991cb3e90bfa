#include "generators/local/repetition.h"

#include <algorithm>
#include <cstddef>

namespace qualm::generators::local {

bool ends_in_loop(std::span<const std::int32_t> tokens) {
  constexpr std::size_t shortest = 64, repetitions = 4;
  for (std::size_t period = 1; period * repetitions <= tokens.size(); ++period) {
    const std::size_t length = std::max(shortest, period * repetitions);
    if (length > tokens.size()) return false;
    const auto tail = tokens.last(length);
    if (std::ranges::equal(tail.subspan(period), tail.first(length - period))) return true;
  }
  return false;
}

}  // namespace qualm::generators::local
