#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "quant/type.h"

namespace qualm::quant::test {

/// binary16 as a number, by its definition.
double half_value(std::uint32_t bits);

/// The weights of one block, written from the comments in quant/*/layout.h and from nothing else: slow, in double, by
/// formula. The library's decoders are measured against it.
std::vector<double> plain_decode(Type type, std::span<const std::byte> block);

}  // namespace qualm::quant::test
