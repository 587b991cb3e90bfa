#include "generators/local/checkpoint/pytorch.h"

#include "generators/local/checkpoint/error.h"
#include "tests/fuzz/file_in_memory.h"

using namespace qualm::generators::local;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FileInMemory file(data, size);
  try {
    volatile unsigned char last = 0;
    for (const auto& [name, tensor] : read_pytorch(file.path()))
      if (!tensor.data.empty()) last = static_cast<unsigned char>(tensor.data.back());
    (void)last;
  } catch (const CheckpointError&) {
    return 0;
  }
  return 0;
}
