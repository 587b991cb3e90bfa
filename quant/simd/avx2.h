#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "quant/host_device.h"

namespace qualm::quant {

/// Eight floats at a time: AVX2, FMA, F16C.
struct Avx2 {
  using Vector = __m256;
  static constexpr int lanes = 8;
  static constexpr int row_group = 3;
  static constexpr int direct_rows = 2;

  static QUALM_HOST_DEVICE Vector zero() { return _mm256_setzero_ps(); }
  static QUALM_HOST_DEVICE Vector load(const float* p) { return _mm256_loadu_ps(p); }
  static QUALM_HOST_DEVICE Vector load_part(const float* p, int count) {
    float part[lanes] = {};
    memcpy(part, p, static_cast<std::size_t>(count) * sizeof(float));
    return load(part);
  }
  static QUALM_HOST_DEVICE void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
  static QUALM_HOST_DEVICE Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }

  /// Lanes i and i + 4 added: four lanes are left.
  static QUALM_HOST_DEVICE __m128 fold(Vector v) {
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  }

  /// Calls sink(at + 8 i, w) for the 32 weights scale * code - minimum of signed byte codes.
  template <class Sink>
  static QUALM_HOST_DEVICE void spread(__m256i codes, __m256 scale, __m256 minimum, int at, const Sink& sink) {
    const __m128i low = _mm256_castsi256_si128(codes);
    const __m128i high = _mm256_extracti128_si256(codes, 1);
    sink(at, _mm256_fmsub_ps(floats(low), scale, minimum));
    sink(at + 8, _mm256_fmsub_ps(floats(_mm_srli_si128(low, 8)), scale, minimum));
    sink(at + 16, _mm256_fmsub_ps(floats(high), scale, minimum));
    sink(at + 24, _mm256_fmsub_ps(floats(_mm_srli_si128(high, 8)), scale, minimum));
  }
  /// The lowest eight signed bytes as floats.
  static QUALM_HOST_DEVICE __m256 floats(__m128i bytes) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)); }
};

}  // namespace qualm::quant
