#include "generators/local/rotary.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace qualm::generators::local {
namespace {

// Llama 3.1's scaling: long wavelengths are stretched by `factor`, short ones kept, those between interpolated.
double llama3_frequency(const Rotary& rotary, double frequency) {
  const double wavelength = 2.0 * std::numbers::pi / frequency;
  if (wavelength < rotary.original_context / rotary.high_frequency_factor) return frequency;
  if (wavelength > rotary.original_context / rotary.low_frequency_factor) return frequency / rotary.factor;
  const double smooth = (rotary.original_context / wavelength - rotary.low_frequency_factor) /
                        (rotary.high_frequency_factor - rotary.low_frequency_factor);
  return (1.0 - smooth) * frequency / rotary.factor + smooth * frequency;
}

double scaled_frequency(const Rotary& rotary, double frequency) {
  switch (rotary.scaling) {
    case Rotary::Scaling::none: return frequency;
    case Rotary::Scaling::linear: return frequency / rotary.factor;
    case Rotary::Scaling::llama3: return llama3_frequency(rotary, frequency);
  }
  return frequency;
}

}  // namespace

RotaryAngles rotary_angles(const Rotary& rotary, std::int64_t head_dim, std::int64_t positions) {
  const auto half = static_cast<std::size_t>(head_dim / 2);
  if (!rotary.frequency_divisors.empty() && rotary.frequency_divisors.size() != half)
    throw std::invalid_argument(fmt::format("rotary embedding has {} frequency divisors for heads of {}",
                                            rotary.frequency_divisors.size(), head_dim));
  RotaryAngles angles;
  angles.cosines.resize(static_cast<std::size_t>(positions) * half);
  angles.sines.resize(angles.cosines.size());
  for (std::size_t i = 0; i < half; ++i) {
    const double plain = std::pow(rotary.theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim));
    const double divided = rotary.frequency_divisors.empty() ? plain : plain / rotary.frequency_divisors[i];
    const auto frequency = static_cast<float>(scaled_frequency(rotary, divided));
    for (std::size_t position = 0; position < static_cast<std::size_t>(positions); ++position) {
      const float angle = static_cast<float>(position) * frequency;
      angles.cosines[position * half + i] = static_cast<float>(std::cos(static_cast<double>(angle)));
      angles.sines[position * half + i] = static_cast<float>(std::sin(static_cast<double>(angle)));
    }
  }
  return angles;
}

}  // namespace qualm::generators::local
