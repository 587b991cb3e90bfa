#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "datasets/input_error.h"
#include "datasets/results.h"

using namespace qualm::datasets;

// What is read, written and read again is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Results read =
        results_from_json(parse_json_bytes({reinterpret_cast<const char*>(data), size}, "F.json"), "F.json");
    const Results again = results_from_json(parse_json(dump_json(to_json(read)), "G.json"), "G.json");
    if (to_json(again).dump() != to_json(read).dump()) std::abort();
  } catch (const InputError&) {
    return 0;
  }
  return 0;
}
