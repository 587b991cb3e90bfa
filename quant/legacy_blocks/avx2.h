#pragma once

#include "quant/legacy_blocks/decode.h"
#include "quant/simd/avx2.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

/// The codes of a block become 32 signed bytes, then floats.
struct Avx2Legacy {
  static QUALM_HOST_DEVICE __m256 half(const std::uint8_t* bytes) {
    return _mm256_set1_ps(_cvtsh_ss(static_cast<std::uint16_t>(load_u16(bytes))));
  }
  static QUALM_HOST_DEVICE __m256i codes(const std::uint8_t* nibbles) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles));
    return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes), _mm256_set1_epi8(15));
  }
  /// 16 in the bytes whose bit of `high` is set.
  static QUALM_HOST_DEVICE __m256i fifth(const std::uint8_t* high) {
    const __m256i places = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(load_u32(high))), places);
    const __m256i bit = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201ULL));
    return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit), _mm256_set1_epi8(16));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void scaled(__m256i bytes, __m256 d, const Sink& sink) {
    Avx2::spread(bytes, d, _mm256_setzero_ps(), 0, sink);
  }
  /// d * code + m.
  template <class Sink>
  static QUALM_HOST_DEVICE void shifted(__m256i bytes, __m256 d, __m256 m, const Sink& sink) {
    Avx2::spread(bytes, d, _mm256_xor_ps(m, _mm256_set1_ps(-0.0F)), 0, sink);
  }
};

template <>
struct Decoder<Avx2, Q4_0> : Avx2Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ4_0);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ4_0*>(bytes);
    scaled(_mm256_sub_epi8(codes(block.nibbles), _mm256_set1_epi8(8)), half(block.d), sink);
  }
};

template <>
struct Decoder<Avx2, Q4_1> : Avx2Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ4_1);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ4_1*>(bytes);
    shifted(codes(block.nibbles), half(block.d), half(block.m), sink);
  }
};

template <>
struct Decoder<Avx2, Q5_0> : Avx2Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ5_0);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ5_0*>(bytes);
    const __m256i all = _mm256_or_si256(codes(block.nibbles), fifth(block.high));
    scaled(_mm256_sub_epi8(all, _mm256_set1_epi8(16)), half(block.d), sink);
  }
};

template <>
struct Decoder<Avx2, Q5_1> : Avx2Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ5_1);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ5_1*>(bytes);
    shifted(_mm256_or_si256(codes(block.nibbles), fifth(block.high)), half(block.d), half(block.m), sink);
  }
};

template <>
struct Decoder<Avx2, Q8_0> : Avx2Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ8_0);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ8_0*>(bytes);
    scaled(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block.codes)), half(block.d), sink);
  }
};

}  // namespace qualm::quant
