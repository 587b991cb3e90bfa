#pragma once

#include "quant/k_blocks/decode.h"
#include "quant/simd/avx2.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

/// The codes of a sub-block become signed bytes, then floats.
struct Avx2SubBlocks {
  static QUALM_HOST_DEVICE __m256i load(const std::uint8_t* bytes) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
  }
  static QUALM_HOST_DEVICE __m256 half(const std::uint8_t* bytes) {
    return _mm256_set1_ps(_cvtsh_ss(static_cast<std::uint16_t>(load_u16(bytes))));
  }
  static QUALM_HOST_DEVICE __m256i four_bits(__m256i bytes) { return _mm256_and_si256(bytes, _mm256_set1_epi8(15)); }
  /// s[0..7]: d * scale of the sub-blocks; s[8..15]: dmin * minimum.
  static QUALM_HOST_DEVICE void scales(const std::uint8_t* packed, __m256 d, __m256 dmin, float (&s)[16]) {
    std::uint32_t words[4];
    unpack_sub_scales(packed, words);
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(words));
    _mm256_storeu_ps(s, _mm256_mul_ps(d, Avx2::floats(bytes)));
    _mm256_storeu_ps(s + 8, _mm256_mul_ps(dmin, Avx2::floats(_mm_srli_si128(bytes, 8))));
  }
};

template <>
struct Decoder<Avx2, Q4_K> : Avx2SubBlocks {
  static constexpr int unit_values = 256;
  static constexpr int unit_bytes = sizeof(BlockQ4_K);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ4_K*>(bytes);
    float s[16];
    scales(block.scales, half(block.d), half(block.dmin), s);
    for (int pair = 0; pair < 4; ++pair) {
      const __m256i nibbles = load(block.nibbles + 32 * pair);
      const int j = 2 * pair;
      Avx2::spread(four_bits(nibbles), _mm256_set1_ps(s[j]), _mm256_set1_ps(s[j + 8]), 32 * j, sink);
      Avx2::spread(four_bits(_mm256_srli_epi16(nibbles, 4)), _mm256_set1_ps(s[j + 1]), _mm256_set1_ps(s[j + 9]),
                   32 * j + 32, sink);
    }
  }
};

template <>
struct Decoder<Avx2, Q5_K> : Avx2SubBlocks {
  static constexpr int unit_values = 256;
  static constexpr int unit_bytes = sizeof(BlockQ5_K);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ5_K*>(bytes);
    float s[16];
    scales(block.scales, half(block.d), half(block.dmin), s);
    const __m256i high = load(block.high);
    for (int pair = 0; pair < 4; ++pair) {
      const __m256i nibbles = load(block.nibbles + 32 * pair);
      sub_block(2 * pair, s, nibbles, high, sink);
      sub_block(2 * pair + 1, s, _mm256_srli_epi16(nibbles, 4), high, sink);
    }
  }

 private:
  template <class Sink>
  static QUALM_HOST_DEVICE void sub_block(int j, const float* s, __m256i low, __m256i high, const Sink& sink) {
    const __m256i bit = _mm256_set1_epi8(static_cast<char>(1U << j));
    const __m256i fifth = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(high, bit), bit), _mm256_set1_epi8(16));
    Avx2::spread(_mm256_or_si256(four_bits(low), fifth), _mm256_set1_ps(s[j]), _mm256_set1_ps(s[j + 8]), 32 * j, sink);
  }
};

template <>
struct Decoder<Avx2, Q6_K> : Avx2SubBlocks {
  static constexpr int unit_values = 256;
  static constexpr int unit_bytes = sizeof(BlockQ6_K);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ6_K*>(bytes);
    const __m256 d = half(block.d);
    for (int h = 0; h < 2; ++h) {
      const __m256i first = load(block.nibbles + 64 * h);
      const __m256i second = load(block.nibbles + 64 * h + 32);
      const __m256i high = load(block.high + 32 * h);
      float scale[8];
      const std::int8_t* packed = block.scales + 8 * h;
      _mm256_storeu_ps(scale,
                       _mm256_mul_ps(d, Avx2::floats(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(packed)))));
      part(128 * h, scale, first, _mm256_slli_epi16(high, 4), sink);
      part(128 * h + 32, scale + 2, second, _mm256_slli_epi16(high, 2), sink);
      part(128 * h + 64, scale + 4, _mm256_srli_epi16(first, 4), high, sink);
      part(128 * h + 96, scale + 6, _mm256_srli_epi16(second, 4), _mm256_srli_epi16(high, 2), sink);
    }
  }

 private:
  /// 32 weights: the low bits of their codes in bits 0..3 of `low`, the high bits in bits 4, 5 of `high`.
  template <class Sink>
  static QUALM_HOST_DEVICE void part(int at, const float* scale, __m256i low, __m256i high, const Sink& sink) {
    const __m256i codes = _mm256_or_si256(four_bits(low), _mm256_and_si256(high, _mm256_set1_epi8(0x30)));
    const __m256i centred = _mm256_sub_epi8(codes, _mm256_set1_epi8(32));
    sixteen(at, _mm256_set1_ps(scale[0]), _mm256_castsi256_si128(centred), sink);
    sixteen(at + 16, _mm256_set1_ps(scale[1]), _mm256_extracti128_si256(centred, 1), sink);
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void sixteen(int at, __m256 scale, __m128i codes, const Sink& sink) {
    sink(at, _mm256_mul_ps(scale, Avx2::floats(codes)));
    sink(at + 8, _mm256_mul_ps(scale, Avx2::floats(_mm_srli_si128(codes, 8))));
  }
};

}  // namespace qualm::quant
