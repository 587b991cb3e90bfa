#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "quant/packed_tensor.h"

namespace qualm::quant::test {

inline constexpr std::array all_types = {Type::f32,  Type::f16,  Type::bf16, Type::q8_0, Type::q4_0, Type::q4_1,
                                         Type::q5_0, Type::q5_1, Type::q4_k, Type::q5_k, Type::q6_k};

/// Sets the binary16 scales of a block to numbers between 2^-10 and 2, so that weights are finite and of one size.
void give_plain_scales(Type type, std::span<std::byte> block, std::mt19937& random);

/// A matrix of random codes and plain scales whose bytes start `misalignment` bytes after an aligned address.
PackedTensor random_tensor(Type type, std::int64_t rows, std::int64_t columns, unsigned seed,
                           std::size_t misalignment = 0);

std::vector<float> random_values(std::int64_t size, unsigned seed);

}  // namespace qualm::quant::test
