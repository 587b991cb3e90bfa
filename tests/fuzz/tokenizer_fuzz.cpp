#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/tokenizer.h"

using namespace qualm::generators::local;

namespace {

// A folder of this process, removed at its end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("qualm-tokenizer-fuzz-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

// A tokenizer.json of any bytes is refused, or gives ids of its vocabulary.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  std::ofstream(folder.path() / "tokenizer.json", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const auto tokenizer = open_tokenizer(folder.path());
    const std::vector<TokenId> ids = tokenizer->encode("int main() { return 12; }\n\t\xC3\xA9 <s>", true);
    for (const TokenId id : ids)
      if (id < 0 || id >= tokenizer->vocabulary()) std::abort();
    (void)tokenizer->decode(ids, false);
  } catch (const CheckpointError&) {
    return 0;
  }
  return 0;
}
