#pragma once

#include <immintrin.h>

#include <cstdint>

#include "quant/host_device.h"

namespace qualm::quant {

/// Sixteen floats at a time: AVX-512 F, BW, DQ, VL.
struct Avx512 {
  using Vector = __m512;
  static constexpr int lanes = 16;
  static constexpr int row_group = 6;    ///< rows of x whose sums stay in registers, times four outputs
  static constexpr int direct_rows = 3;  ///< up to as many rows use weights as they are decoded, without a tile

  static QUALM_HOST_DEVICE Vector zero() { return _mm512_setzero_ps(); }
  static QUALM_HOST_DEVICE Vector load(const float* p) { return _mm512_loadu_ps(p); }
  static QUALM_HOST_DEVICE Vector load_part(const float* p, int count) { return _mm512_maskz_loadu_ps(mask(count), p); }
  static QUALM_HOST_DEVICE void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
  static QUALM_HOST_DEVICE Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }

  /// The first `count` lanes.
  static QUALM_HOST_DEVICE __mmask16 mask(int count) { return static_cast<__mmask16>((1U << count) - 1U); }

  /// Lanes i, i + 8, i + 4 and i + 12 added: four lanes are left.
  static QUALM_HOST_DEVICE __m128 fold(Vector v) {
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  }
};

}  // namespace qualm::quant
