#include "generators/generator.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace qualm::generators {
namespace {

constexpr std::array<std::pair<EndReason, const char*>, 5> end_reasons{{{EndReason::stop, "stop"},
                                                                        {EndReason::end_token, "end token"},
                                                                        {EndReason::length, "length"},
                                                                        {EndReason::loop, "loop"},
                                                                        {EndReason::replayed, "replayed"}}};

}  // namespace

std::string to_string(EndReason reason) {
  for (const auto& [value, name] : end_reasons)
    if (value == reason) return name;
  throw std::invalid_argument("no such end reason");
}

}  // namespace qualm::generators
