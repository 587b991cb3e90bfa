#pragma once

#include <cstdint>
#include <vector>

#include "generators/local/checkpoint/model_config.h"

namespace qualm::generators::local {

/// Cosines and sines of positions 0 to `positions`, (positions, head_dim / 2) each.
struct RotaryAngles {
  std::vector<float> cosines;
  std::vector<float> sines;
};

/// Frequencies and angles are rounded to float as transformers does, so that long contexts agree with it. Throws
/// std::invalid_argument where the frequency divisors do not fit head_dim.
[[nodiscard]] RotaryAngles rotary_angles(const Rotary& rotary, std::int64_t head_dim, std::int64_t positions);

}  // namespace qualm::generators::local
