#pragma once

#include "quant/float/decode.h"
#include "quant/simd/avx512.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

template <>
struct Decoder<Avx512, F32> {
  static constexpr int unit_values = 16;
  static constexpr int unit_bytes = 64;
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    sink(0, _mm512_loadu_ps(bytes));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void decode_part(const std::byte* bytes, int count, const Sink& sink) {
    sink(0, _mm512_maskz_loadu_ps(Avx512::mask(count), bytes));
  }
};

template <>
struct Decoder<Avx512, F16> {
  static constexpr int unit_values = 16;
  static constexpr int unit_bytes = 32;
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    sink(0, _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes))));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void decode_part(const std::byte* bytes, int count, const Sink& sink) {
    sink(0, _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(Avx512::mask(count), bytes)));
  }
};

template <>
struct Decoder<Avx512, BF16> {
  static constexpr int unit_values = 16;
  static constexpr int unit_bytes = 32;
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    sink(0, floats(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes))));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void decode_part(const std::byte* bytes, int count, const Sink& sink) {
    sink(0, floats(_mm256_maskz_loadu_epi16(Avx512::mask(count), bytes)));
  }
  static QUALM_HOST_DEVICE __m512 floats(__m256i halves) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
};

}  // namespace qualm::quant
