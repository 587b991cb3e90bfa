#include <cstdlib>

#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/gguf_tokenizer.h"
#include "tests/fuzz/file_in_memory.h"

using namespace qualm::generators::local;

// The vocabulary of a GGUF of any bytes is refused, or gives ids of itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FileInMemory file(data, size);
  try {
    const auto tokenizer = gguf_tokenizer(GgufFile(file.path()), file.path());
    const std::vector<TokenId> ids = tokenizer->encode("int main() { return 12; }\n\t\xC3\xA9 <s>", true);
    for (const TokenId id : ids)
      if (id < 0 || id >= tokenizer->vocabulary()) std::abort();
    (void)tokenizer->decode(ids, false);
  } catch (const CheckpointError&) {
    return 0;
  }
  return 0;
}
