#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include "generators/local/checkpoint/error.h"
#include "generators/local/tokenizer/added_token_files.h"

using namespace qualm::generators::local;

namespace {

// A folder of this process, removed at its end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("qualm-added-tokens-fuzz-" + std::to_string(getpid()))) {
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

// The JSON files beside a tokenizer.model: the first byte says which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  if (size == 0) return 0;
  constexpr const char* names[] = {"tokenizer_config.json", "added_tokens.json", "special_tokens_map.json"};
  const std::filesystem::path file = folder.path() / names[data[0] % 3];
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
  const auto find = [](std::string_view text) { return text == "<s>" ? std::optional<TokenId>(1) : std::nullopt; };
  constexpr TokenId vocabulary = 10;
  try {
    for (const AddedToken& token : read_tokenizer_configuration(folder.path(), find, vocabulary).added)
      if (token.id < 0 || token.text.empty()) std::abort();
  } catch (const CheckpointError&) {
  }
  std::filesystem::remove(file);
  return 0;
}
