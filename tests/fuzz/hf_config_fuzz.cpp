#include "generators/local/checkpoint/hf_config.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "generators/local/checkpoint/error.h"

using namespace qualm::generators::local;

namespace {

std::filesystem::path make_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "qualm-fuzz-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  return pattern;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path folder = make_folder();
  std::ofstream(folder / "config.json", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    (void)hf_config(folder);
  } catch (const CheckpointError&) {
    return 0;
  }
  return 0;
}
