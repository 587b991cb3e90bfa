#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/gguf.h"
#include "generators/local/checkpoint/gguf_config.h"
#include "generators/local/checkpoint/stored_checkpoint.h"
#include "generators/local/checkpoint/tensor_naming.h"

namespace qualm::generators::local {

std::unique_ptr<Checkpoint> open_gguf_checkpoint(const std::filesystem::path& file) {
  const GgufFile gguf(file);
  auto checkpoint = std::make_unique<StoredCheckpoint>();
  checkpoint->model_config = gguf_config(file, gguf);
  checkpoint->format_name = "gguf";
  checkpoint->weight_files = {file};
  for (const auto& [name, tensor] : gguf.tensors())
    if (const auto ours = house_name(file, gguf_naming(), name, checkpoint->model_config.layers))
      checkpoint->tensors.emplace(*ours, tensor.packed);
  return checkpoint;
}

}  // namespace qualm::generators::local
