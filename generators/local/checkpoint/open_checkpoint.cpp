#include <algorithm>
#include <system_error>

#include "generators/local/checkpoint/checkpoint.h"
#include "generators/local/checkpoint/stored_checkpoint.h"

namespace qualm::generators::local {

std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& model) {
  std::error_code error;
  const auto status = std::filesystem::status(model, error);
  if (!std::filesystem::exists(status)) throw CheckpointError(model, "there is no such file or folder");
  if (!std::filesystem::is_directory(status)) {
    const std::string ending = model.extension().string();
    if (ending == ".safetensors" || ending == ".bin" || ending == ".json")
      throw CheckpointError(model, "give the folder that has this file, its config.json and its tokenizer");
    return open_gguf_checkpoint(model);
  }
  if (std::filesystem::exists(model / "config.json", error)) return open_hf_checkpoint(model);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(model))
    if (entry.path().extension() == ".gguf") files.push_back(entry.path());
  if (files.size() == 1) return open_gguf_checkpoint(files.front());
  throw CheckpointError(model, files.empty()
                                   ? "the folder has neither a config.json nor a .gguf file"
                                   : fmt::format("the folder has {} .gguf files; give one of them", files.size()));
}

}  // namespace qualm::generators::local
