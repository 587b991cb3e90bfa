#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "datasets/input_error.h"
#include "harness/gate/gate_rules.h"

using namespace qualm;

// A rule that is read is one that the gate can use.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const harness::gate::Rules rules{
        harness::gate::parse_rules({reinterpret_cast<const char*>(data), size}, "gate.toml")};
    const harness::gate::Rule rule = rules.rule_for("py", "humaneval");
    if (!(rule.margin >= 0 && rule.margin <= 1 && rule.alpha > 0 && rule.alpha <= 0.5)) std::abort();
  } catch (const datasets::InputError&) {
    return 0;
  }
  return 0;
}
