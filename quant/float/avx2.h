#pragma once

#include <cstring>

#include "quant/float/decode.h"
#include "quant/simd/avx2.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

template <>
struct Decoder<Avx2, F32> {
  static constexpr int unit_values = 8;
  static constexpr int unit_bytes = 32;
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    sink(0, _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes))));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void decode_part(const std::byte* bytes, int count, const Sink& sink) {
    std::byte part[unit_bytes] = {};
    memcpy(part, bytes, static_cast<std::size_t>(count) * 4);
    decode(part, sink);
  }
};

template <>
struct Decoder<Avx2, F16> {
  static constexpr int unit_values = 8;
  static constexpr int unit_bytes = 16;
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    sink(0, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void decode_part(const std::byte* bytes, int count, const Sink& sink) {
    std::byte part[unit_bytes] = {};
    memcpy(part, bytes, static_cast<std::size_t>(count) * 2);
    decode(part, sink);
  }
};

template <>
struct Decoder<Avx2, BF16> {
  static constexpr int unit_values = 8;
  static constexpr int unit_bytes = 16;
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    sink(0, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16)));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void decode_part(const std::byte* bytes, int count, const Sink& sink) {
    std::byte part[unit_bytes] = {};
    memcpy(part, bytes, static_cast<std::size_t>(count) * 2);
    decode(part, sink);
  }
};

}  // namespace qualm::quant
