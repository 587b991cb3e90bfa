#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <vector>

#include "generators/local/operations.h"

namespace qualm::generators::local {

/// Sequences that have the same number of rows in a batch, so that their attention is rectangular.
struct AttentionGroup {
  std::int64_t sequences = 0;
  std::int64_t rows = 0;       ///< of each sequence
  std::int64_t positions = 0;  ///< whole pages, enough for the longest
  at::Tensor row_indices;      ///< (sequences, rows), into the batch
  at::Tensor page_indices;     ///< (sequences, positions / kPagePositions), into the cache
  at::Tensor hidden;           ///< (sequences, rows, positions): whether a position lies after the row's own
};

/// What all layers need of a batch, on the device. Index tensors are int64.
struct Step {
  at::Tensor positions;      ///< (rows)
  at::Tensor pages;          ///< (rows): the page of each row's own position
  at::Tensor slots;          ///< (rows): its place there
  std::int64_t longest = 0;  ///< positions, of the longest row
  std::vector<AttentionGroup> groups;
};

/// `pool` is the cache, (pages, floats of a page). Throws std::logic_error for a page that is not of it.
[[nodiscard]] Step make_step(const Batch& batch, const at::Tensor& pool, c10::Device device);

}  // namespace qualm::generators::local
