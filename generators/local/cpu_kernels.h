#pragma once

#include <cstdint>

#include "quant/linear.h"

namespace qualm::generators::local {

/// Positions in one page of the key/value cache, and lanes of the kernels' vectors.
inline constexpr std::int64_t kPagePositions = 16;

/// Values of one position are padded to a whole number of vectors.
[[nodiscard]] constexpr std::int64_t padded(std::int64_t head_dim) {
  return (head_dim + kPagePositions - 1) / kPagePositions * kPagePositions;
}

/// One row's attention over one key/value head, for the query heads that share it.
/// A page holds keys (head_dim, kPagePositions), so that one vector is one coordinate of sixteen positions, then values
/// (kPagePositions, padded(head_dim)).
struct AttentionHead {
  const float* queries;  ///< (group, head_dim)
  float* outputs;        ///< (group, head_dim)
  std::int64_t group;
  std::int64_t head_dim;
  const float* const* pages;  ///< of this layer; as many as `positions` need
  std::int64_t head_offset;   ///< floats from a page's start to this head
  std::int64_t positions;     ///< attends to [0, positions)
  float scale;
  float* scores;  ///< scratch, 4 * (positions rounded up to whole pages)
};

/// The transformer's arithmetic beside the matrices, one row a call. Every order of summation is a function of the
/// sizes alone, and no operation is contracted, so that a row's bits are the same in every batch and all kernel sets
/// agree in bits too: the sets are one source compiled for several instruction sets.
struct CpuKernels {
  void (*rms_norm)(const float* x, const float* weight, float epsilon, std::int64_t size, float* y);
  void (*layer_norm)(const float* x, const float* weight, const float* bias, float epsilon, std::int64_t size,
                     float* y);
  void (*silu)(float* x, std::int64_t size);
  void (*gelu_tanh)(float* x, std::int64_t size);
  void (*multiply)(float* y, const float* x, std::int64_t size);  ///< y *= x
  void (*add)(float* y, const float* x, std::int64_t size);       ///< y += x
  void (*attend)(const AttentionHead& head);
  float (*maximum)(const float* x, std::int64_t size);
  /// y = exp((x - maximum) * scale); returns the sum of y.
  double (*exponentials)(const float* x, float maximum, float scale, std::int64_t size, float* y);
};

/// The table of a set that this build has. Throws std::invalid_argument where it has not.
[[nodiscard]] const CpuKernels& cpu_kernels(quant::KernelSet set);

}  // namespace qualm::generators::local
