#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "quant/registry.h"

namespace qualm::quant {

template <class Format>
[[nodiscard]] const typename Format::Block* block_at(const std::byte* row, std::int64_t index) {
  return reinterpret_cast<const typename Format::Block*>(row) + index;  // blocks are made of bytes: any address will do
}

template <class Format>
void decode_values(const std::byte* row, std::int64_t begin, std::int64_t end, float* out) {
  for (std::int64_t i = begin; i < end; ++i) {
    out[i - begin] =
        Format::decode(*block_at<Format>(row, i / Format::block_values), static_cast<int>(i % Format::block_values));
  }
}

/// The definition of what a product means: weights as decode() gives them, products and sums in double, rounded once.
/// Weight i goes to partial sum i % 8; the eight are added in order.
template <class Format>
void multiply_portable(const Product& p) {
  constexpr std::int64_t lanes = 8;
  constexpr std::int64_t chunk = 1024;  // columns decoded at a time, used by `group` tokens
  constexpr std::int64_t group = 16;
  float weights[chunk];
  for (std::int64_t output = p.first; output < p.last; ++output) {
    const std::byte* row = p.weights + output * p.row_bytes;
    for (std::int64_t token = 0; token < p.tokens; token += group) {
      const std::int64_t count = std::min(group, p.tokens - token);
      double sums[group][lanes] = {};
      for (std::int64_t begin = 0; begin < p.columns; begin += chunk) {
        const std::int64_t length = std::min(chunk, p.columns - begin);
        decode_values<Format>(row, begin, begin + length, weights);
        for (std::int64_t t = 0; t < count; ++t) {
          const float* x = p.x + (token + t) * p.columns + begin;
          for (std::int64_t i = 0; i + lanes <= length; i += lanes) {
            for (std::int64_t lane = 0; lane < lanes; ++lane) {
              sums[t][lane] += static_cast<double>(weights[i + lane]) * static_cast<double>(x[i + lane]);
            }
          }
          for (std::int64_t i = length / lanes * lanes; i < length; ++i) {
            sums[t][i % lanes] += static_cast<double>(weights[i]) * static_cast<double>(x[i]);
          }
        }
      }
      for (std::int64_t t = 0; t < count; ++t) {
        double sum = p.bias != nullptr ? static_cast<double>(p.bias[output]) : 0.0;
        for (const double lane : sums[t]) sum += lane;
        p.y[(token + t) * p.outputs + output] = static_cast<float>(sum);
      }
    }
  }
}

/// The registry's entry of `Format`.
template <class Format>
[[nodiscard]] constexpr TypeEntry make_entry(std::string_view name) {
  return {
    .info = {.type = Format::type,
             .name = name,
             .block_values = Format::block_values,
             .block_bytes = sizeof(typename Format::Block)},
    .decode = decode_values<Format>, .portable = multiply_portable<Format>,
#if defined(QUALM_X86_KERNELS)
    .avx2 = multiply_avx2<Format>, .avx512 = multiply_avx512<Format>
#else
    .avx2 = nullptr, .avx512 = nullptr
#endif
  };
}

}  // namespace qualm::quant
