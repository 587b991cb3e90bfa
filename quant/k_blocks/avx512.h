#pragma once

#include "quant/k_blocks/decode.h"
#include "quant/simd/avx512.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

/// Sub-blocks are decoded by tables of their sixteen (Q5_K: twice sixteen) possible weights, as in
/// legacy_blocks/avx512.h.
struct Avx512SubBlocks {
  static QUALM_HOST_DEVICE float half(const std::uint8_t* bytes) {
    return _cvtsh_ss(static_cast<std::uint16_t>(load_u16(bytes)));
  }
  static QUALM_HOST_DEVICE __m512 numbers() {
    return _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }
  static QUALM_HOST_DEVICE __m512i codes(const std::uint8_t* nibbles) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles)));
  }
  /// d * scale of the eight sub-blocks, then dmin * minimum.
  static QUALM_HOST_DEVICE __m512 scales(const std::uint8_t* packed, float d, float dmin) {
    std::uint32_t words[4];
    unpack_sub_scales(packed, words);
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(words));
    return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)),
                         _mm512_mask_blend_ps(0xFF00, _mm512_set1_ps(d), _mm512_set1_ps(dmin)));
  }
};

template <>
struct Decoder<Avx512, Q4_K> : Avx512SubBlocks {
  static constexpr int unit_values = 256;
  static constexpr int unit_bytes = sizeof(BlockQ4_K);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ4_K*>(bytes);
    alignas(64) float s[16];
    _mm512_store_ps(s, scales(block.scales, half(block.d), half(block.dmin)));
#pragma GCC unroll 1
    for (int pair = 0; pair < 4; ++pair) {
      const float* scale = s + 2 * pair;
      const __m512 low = _mm512_fmsub_ps(_mm512_set1_ps(scale[0]), numbers(), _mm512_set1_ps(scale[8]));
      const __m512 high = _mm512_fmsub_ps(_mm512_set1_ps(scale[1]), numbers(), _mm512_set1_ps(scale[9]));
      const __m512i a = codes(block.nibbles + 32 * pair);
      const __m512i b = codes(block.nibbles + 32 * pair + 16);
      sink(64 * pair, _mm512_permutexvar_ps(a, low));
      sink(64 * pair + 16, _mm512_permutexvar_ps(b, low));
      sink(64 * pair + 32, _mm512_permutexvar_ps(_mm512_srli_epi32(a, 4), high));
      sink(64 * pair + 48, _mm512_permutexvar_ps(_mm512_srli_epi32(b, 4), high));
    }
  }
};

template <>
struct Decoder<Avx512, Q5_K> : Avx512SubBlocks {
  static constexpr int unit_values = 256;
  static constexpr int unit_bytes = sizeof(BlockQ5_K);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ5_K*>(bytes);
    alignas(64) float s[16];
    _mm512_store_ps(s, scales(block.scales, half(block.d), half(block.dmin)));
    const __m256i fifth = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block.high));
#pragma GCC unroll 1
    for (int pair = 0; pair < 4; ++pair) {
      const __m512i a = codes(block.nibbles + 32 * pair);
      const __m512i b = codes(block.nibbles + 32 * pair + 16);
      sub_block(2 * pair, s, fifth, a, b, sink);
      sub_block(2 * pair + 1, s, fifth, _mm512_srli_epi32(a, 4), _mm512_srli_epi32(b, 4), sink);
    }
  }

 private:
  template <class Sink>
  static QUALM_HOST_DEVICE void sub_block(int j, const float* s, __m256i fifth, __m512i a, __m512i b,
                                          const Sink& sink) {
    const __m512 scale = _mm512_set1_ps(s[j]);
    const __m512 minimum = _mm512_set1_ps(s[j + 8]);
    const __m512 table = _mm512_fmsub_ps(scale, numbers(), minimum);
    const __m512 upper = _mm512_fmsub_ps(scale, _mm512_add_ps(numbers(), _mm512_set1_ps(16)), minimum);
    const __mmask32 set = _mm256_test_epi8_mask(fifth, _mm256_set1_epi8(static_cast<char>(1U << j)));
    sink(32 * j, _mm512_mask_permutexvar_ps(_mm512_permutexvar_ps(a, table), static_cast<__mmask16>(set), a, upper));
    sink(32 * j + 16,
         _mm512_mask_permutexvar_ps(_mm512_permutexvar_ps(b, table), static_cast<__mmask16>(set >> 16), b, upper));
  }
};

template <>
struct Decoder<Avx512, Q6_K> : Avx512SubBlocks {
  static constexpr int unit_values = 256;
  static constexpr int unit_bytes = sizeof(BlockQ6_K);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ6_K*>(bytes);
    alignas(64) float s[16];
    const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.scales));
    _mm512_store_ps(s, _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(packed)), _mm512_set1_ps(half(block.d))));
#pragma GCC unroll 1
    for (int h = 0; h < 2; ++h) {
      const __m256i first = load(block.nibbles + 64 * h);
      const __m256i second = load(block.nibbles + 64 * h + 32);
      const __m256i high = load(block.high + 32 * h);
      const float* scale = s + 8 * h;
      part(128 * h, scale, first, _mm256_slli_epi16(high, 4), sink);
      part(128 * h + 32, scale + 2, second, _mm256_slli_epi16(high, 2), sink);
      part(128 * h + 64, scale + 4, _mm256_srli_epi16(first, 4), high, sink);
      part(128 * h + 96, scale + 6, _mm256_srli_epi16(second, 4), _mm256_srli_epi16(high, 2), sink);
    }
  }

 private:
  static QUALM_HOST_DEVICE __m256i load(const std::uint8_t* bytes) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
  }
  /// 32 weights: the low bits of their codes in bits 0..3 of `low`, the high bits in bits 4, 5 of `high`.
  template <class Sink>
  static QUALM_HOST_DEVICE void part(int at, const float* scale, __m256i low, __m256i high, const Sink& sink) {
    const __m256i codes =
        _mm256_or_si256(_mm256_and_si256(low, _mm256_set1_epi8(0x0F)), _mm256_and_si256(high, _mm256_set1_epi8(0x30)));
    const __m256i centred = _mm256_sub_epi8(codes, _mm256_set1_epi8(32));
    sink(at, _mm512_mul_ps(_mm512_set1_ps(scale[0]), floats(_mm256_castsi256_si128(centred))));
    sink(at + 16, _mm512_mul_ps(_mm512_set1_ps(scale[1]), floats(_mm256_extracti128_si256(centred, 1))));
  }
  static QUALM_HOST_DEVICE __m512 floats(__m128i bytes) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)); }
};

}  // namespace qualm::quant
