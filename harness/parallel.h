#pragma once

#include <cstddef>
#include <functional>

namespace qualm::harness {

/// Calls `work` for each index below `count`, on as many threads as there are processors (16 at most). All calls are
/// made; then what the one of the smallest index threw, if any did, is thrown.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace qualm::harness
