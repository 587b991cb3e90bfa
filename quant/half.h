#pragma once

#include <cstdint>
#include <cstring>

#include "quant/host_device.h"

namespace qualm::quant {

/// A 16-bit number as it lies in a file: little-endian, of any alignment.
QUALM_HOST_DEVICE std::uint32_t load_u16(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8;
}

QUALM_HOST_DEVICE std::uint32_t load_u32(const std::uint8_t* bytes) {
  return load_u16(bytes) | load_u16(bytes + 2) << 16;
}

QUALM_HOST_DEVICE float float_of_bits(std::uint32_t bits) {
  float value = 0;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// IEEE 754 binary16 to binary32, exactly (every binary16 value is a binary32 value; a NaN stays one).
QUALM_HOST_DEVICE float float_of_f16(std::uint32_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  if (exponent == 0x1F) return float_of_bits(sign | 0x7F800000U | fraction << 13);
  return float_of_bits(sign | (exponent + 112U) << 23 | fraction << 13);
}

/// bfloat16 is the upper half of a binary32.
QUALM_HOST_DEVICE float float_of_bf16(std::uint32_t half) { return float_of_bits(half << 16); }

QUALM_HOST_DEVICE float load_f16(const std::uint8_t* bytes) { return float_of_f16(load_u16(bytes)); }
QUALM_HOST_DEVICE float load_bf16(const std::uint8_t* bytes) { return float_of_bf16(load_u16(bytes)); }

}  // namespace qualm::quant
