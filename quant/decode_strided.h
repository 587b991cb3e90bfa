#pragma once

#include <cstdint>

#include "quant/host_device.h"

namespace qualm::quant {

/// What one of many threads does of a matrix: decodes every `stride`-th of `values` weights from `first` on, and gives
/// each with its index to `put`. The threads with `first` = 0 to `stride` - 1 decode all of it.
template <class Format, class Put>
QUALM_HOST_DEVICE void decode_strided(const typename Format::Block* blocks, std::int64_t values, std::int64_t first,
                                      std::int64_t stride, const Put& put) {
  for (std::int64_t i = first; i < values; i += stride)
    put(i, Format::decode(blocks[i / Format::block_values], static_cast<int>(i % Format::block_values)));
}

}  // namespace qualm::quant
