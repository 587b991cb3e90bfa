#pragma once

#include <cstdint>
#include <span>

namespace qualm::generators::local {

/// Whether `tokens` end in a loop: their last 64 or more repeat one sequence of any length, at least four times (the
/// last time perhaps in part). What counts or varies while it repeats is no loop.
[[nodiscard]] bool ends_in_loop(std::span<const std::int32_t> tokens);

}  // namespace qualm::generators::local
