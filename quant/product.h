#pragma once

#include <cstddef>
#include <cstdint>

namespace qualm::quant {

/// A piece of y = x W^T + bias: outputs [first, last) of all tokens. Pointers need no alignment; x and y are row-major.
struct Product {
  const std::byte* weights;  ///< (outputs, columns) packed, row_bytes apart
  std::int64_t row_bytes;
  std::int64_t columns;
  const float* bias;  ///< (outputs), or nullptr
  const float* x;     ///< (tokens, columns)
  std::int64_t tokens;
  float* y;  ///< (tokens, outputs)
  std::int64_t outputs;
  std::int64_t first;
  std::int64_t last;
};

using Multiply = void (*)(const Product&);

/// The kernels of one type (`Format`: Q4_0, Q6_K, ...), each instantiated in its family's folder. In every one the
/// order of a sum depends on `columns` alone.
template <class Format>
void multiply_portable(const Product& product);
template <class Format>
void multiply_avx2(const Product& product);
template <class Format>
void multiply_avx512(const Product& product);

}  // namespace qualm::quant
