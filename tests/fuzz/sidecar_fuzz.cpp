#include <cstddef>
#include <cstdint>
#include <string_view>

#include "datasets/execution_sidecar.h"
#include "datasets/input_error.h"

using namespace qualm::datasets;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)execution_sidecar_from_json(parse_json_bytes({reinterpret_cast<const char*>(data), size}, "F.qualm"),
                                      "F.qualm");
  } catch (const InputError&) {
    return 0;
  }
  return 0;
}
