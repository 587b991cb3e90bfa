#pragma once

#include "quant/legacy_blocks/decode.h"
#include "quant/simd/avx512.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

/// A block of 32 with four-bit codes is decoded by a table of its sixteen possible weights: one permutation turns
/// sixteen codes into weights. A permutation's index is the low four bits of a lane; the rest need not be cleared.
struct Avx512Legacy {
  static QUALM_HOST_DEVICE __m512 half(const std::uint8_t* bytes) {
    return _mm512_set1_ps(_cvtsh_ss(static_cast<std::uint16_t>(load_u16(bytes))));
  }
  /// first, first + 1, ..., first + 15.
  static QUALM_HOST_DEVICE __m512 numbers(float first) {
    return _mm512_add_ps(_mm512_set1_ps(first), _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  }
  static QUALM_HOST_DEVICE __m512i codes(const std::uint8_t* nibbles) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles)));
  }
  template <class Sink>
  static QUALM_HOST_DEVICE void four_bits(const std::uint8_t* nibbles, __m512 table, const Sink& sink) {
    const __m512i low = codes(nibbles);
    sink(0, _mm512_permutexvar_ps(low, table));
    sink(16, _mm512_permutexvar_ps(_mm512_srli_epi32(low, 4), table));
  }
  /// `table` has the weights of codes 0..15, `upper` those of 16..31.
  template <class Sink>
  static QUALM_HOST_DEVICE void five_bits(const std::uint8_t* nibbles, const std::uint8_t* high, __m512 table,
                                          __m512 upper, const Sink& sink) {
    const std::uint32_t fifth = load_u32(high);
    const __m512i low = codes(nibbles);
    const __m512i shifted = _mm512_srli_epi32(low, 4);
    sink(0, _mm512_mask_permutexvar_ps(_mm512_permutexvar_ps(low, table), static_cast<__mmask16>(fifth), low, upper));
    sink(16, _mm512_mask_permutexvar_ps(_mm512_permutexvar_ps(shifted, table), static_cast<__mmask16>(fifth >> 16),
                                        shifted, upper));
  }
};

template <>
struct Decoder<Avx512, Q4_0> : Avx512Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ4_0);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ4_0*>(bytes);
    four_bits(block.nibbles, _mm512_mul_ps(half(block.d), numbers(-8)), sink);
  }
};

template <>
struct Decoder<Avx512, Q4_1> : Avx512Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ4_1);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ4_1*>(bytes);
    four_bits(block.nibbles, _mm512_fmadd_ps(half(block.d), numbers(0), half(block.m)), sink);
  }
};

template <>
struct Decoder<Avx512, Q5_0> : Avx512Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ5_0);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ5_0*>(bytes);
    const __m512 d = half(block.d);
    five_bits(block.nibbles, block.high, _mm512_mul_ps(d, numbers(-16)), _mm512_mul_ps(d, numbers(0)), sink);
  }
};

template <>
struct Decoder<Avx512, Q5_1> : Avx512Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ5_1);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ5_1*>(bytes);
    const __m512 d = half(block.d);
    const __m512 m = half(block.m);
    five_bits(block.nibbles, block.high, _mm512_fmadd_ps(d, numbers(0), m), _mm512_fmadd_ps(d, numbers(16), m), sink);
  }
};

template <>
struct Decoder<Avx512, Q8_0> : Avx512Legacy {
  static constexpr int unit_values = 32;
  static constexpr int unit_bytes = sizeof(BlockQ8_0);
  template <class Sink>
  static QUALM_HOST_DEVICE void decode(const std::byte* bytes, const Sink& sink) {
    const auto& block = *reinterpret_cast<const BlockQ8_0*>(bytes);
    const __m512 d = half(block.d);
    sink(0, _mm512_mul_ps(d, floats(block.codes)));
    sink(16, _mm512_mul_ps(d, floats(block.codes + 16)));
  }
  static QUALM_HOST_DEVICE __m512 floats(const std::int8_t* signed_codes) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(signed_codes))));
  }
};

}  // namespace qualm::quant
