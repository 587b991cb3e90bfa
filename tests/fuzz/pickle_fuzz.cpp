#include <cstdint>
#include <span>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/pytorch/pickle.h"

using namespace qualm::generators::local;

// The pickle of a .bin file: its zip archive would keep most changes from getting this far.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)read_pickled_tensors("fuzz", std::as_bytes(std::span(data, size)));
  } catch (const CheckpointError&) {
    return 0;
  }
  return 0;
}
