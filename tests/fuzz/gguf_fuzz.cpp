#include "generators/local/checkpoint/stored_checkpoint.h"
#include "tests/fuzz/file_in_memory.h"

using namespace qualm::generators::local;

/// A whole GGUF model; every byte of every tensor must be there to be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FileInMemory file(data, size);
  try {
    const auto checkpoint = open_gguf_checkpoint(file.path());
    volatile unsigned char last = 0;
    for (const std::string& name : checkpoint->names())
      last = static_cast<unsigned char>(checkpoint->find(name)->data.back());
    (void)last;
  } catch (const CheckpointError&) {
    return 0;
  }
  return 0;
}
