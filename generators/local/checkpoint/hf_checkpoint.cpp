#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <system_error>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/extents.h"
#include "generators/local/checkpoint/hf_config.h"
#include "generators/local/checkpoint/json_fields.h"
#include "generators/local/checkpoint/printable.h"
#include "generators/local/checkpoint/pytorch.h"
#include "generators/local/checkpoint/safetensors.h"
#include "generators/local/checkpoint/stored_checkpoint.h"
#include "generators/local/checkpoint/tensor_naming.h"

namespace qualm::generators::local {
namespace {

using std::filesystem::path;
using Read = std::function<StoredTensors(const path&)>;

/// The files of a sharded checkpoint and the tensors that its index promises in each.
std::map<std::string, std::set<std::string>> read_index(const path& index) {
  const datasets::Json document = read_checkpoint_json(index);
  const auto map = JsonFields(index, document, "").find("weight_map");
  if (map == nullptr || !map->is_object()) throw CheckpointError(index, "'weight_map' is not a JSON object");
  std::map<std::string, std::set<std::string>> files;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string())
      throw CheckpointError(index, fmt::format("the file of tensor {} is not a string", printable(tensor)));
    const auto& name = file.get_ref<const std::string&>();
    // A name with a folder could lead out of the model's.
    if (name.empty() || path(name).filename() != name || name == "." || name == "..")
      throw CheckpointError(index, fmt::format("tensor {}: {} is not a file name", printable(tensor), printable(name)));
    files[name].insert(tensor);
  }
  if (files.empty()) throw CheckpointError(index, "'weight_map' is empty");
  return files;
}

quant::Type type_of(const path& file, const std::string& name, const std::string& type) {
  for (const quant::Type known : {quant::Type::f32, quant::Type::f16, quant::Type::bf16})
    if (type == quant::info(known).name) return known;
  throw CheckpointError(file, fmt::format("tensor {}: type {} is not supported; F32, F16 and BF16 are", printable(name),
                                          printable(type)));
}

class Loader {
 public:
  Loader(StoredCheckpoint& checkpoint, Read read) : checkpoint_(checkpoint), read_(std::move(read)) {}

  void add_file(const path& file, const std::set<std::string>* promised) {
    StoredTensors tensors = read_(file);
    checkpoint_.weight_files.push_back(file);
    if (promised != nullptr)
      for (const std::string& name : *promised)
        if (!tensors.contains(name))
          throw CheckpointError(file, fmt::format("tensor {} is not in it, though the index says so", printable(name)));
    for (auto& [name, tensor] : tensors) add_tensor(file, name, tensor);
  }

 private:
  void add_tensor(const path& file, const std::string& name, StoredTensor& tensor) {
    const bool bigcode = checkpoint_.model_config.architecture == "gpt_bigcode";
    const auto ours =
        house_name(file, bigcode ? hf_gpt_bigcode_naming() : hf_llama_naming(), name, checkpoint_.model_config.layers);
    // Tied models use the embedding even where a copy is stored.
    if (!ours || (checkpoint_.model_config.tied_embeddings && *ours == "output.weight")) return;
    const quant::Type type = type_of(file, name, tensor.type);
    MatrixShape shape;
    try {
      shape = matrix_shape(type, tensor.shape);
    } catch (const std::invalid_argument& error) {
      throw CheckpointError(file, fmt::format("tensor {}: {}", printable(name), error.what()));
    }
    if (shape.bytes != tensor.data.size())
      throw CheckpointError(file, fmt::format("tensor {}: {} bytes for a shape that takes {}", printable(name),
                                              tensor.data.size(), shape.bytes));
    quant::PackedTensor packed{type, shape.rows, shape.columns, tensor.data, std::move(tensor.owner)};
    if (!checkpoint_.tensors.emplace(*ours, std::move(packed)).second)
      throw CheckpointError(file, fmt::format("tensor {} is in two files", printable(name)));
  }

  StoredCheckpoint& checkpoint_;
  Read read_;
};

std::vector<path> files_ending(const path& folder, std::string_view start, std::string_view ending) {
  std::vector<path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(start) && name.ends_with(ending)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::unique_ptr<Checkpoint> open_hf_checkpoint(const path& folder) {
  auto checkpoint = std::make_unique<StoredCheckpoint>();
  checkpoint->model_config = hf_config(folder);
  std::error_code error;
  const auto load = [&](const char* format, const std::string& single_name, const std::vector<path>& files,
                        const Read& read) {
    checkpoint->format_name = format;
    const std::string index_name = single_name + ".index.json";
    Loader loader(*checkpoint, read);
    if (const path index = folder / index_name; std::filesystem::exists(index, error)) {
      for (const auto& [name, tensors] : read_index(index)) loader.add_file(folder / name, &tensors);
    } else if (const path single = folder / single_name; std::filesystem::exists(single, error)) {
      loader.add_file(single, nullptr);
    } else if (files.size() == 1) {
      loader.add_file(files.front(), nullptr);
    } else {
      throw CheckpointError(folder, fmt::format("has {} weight files but no {}", files.size(), index_name));
    }
  };
  if (const auto files = files_ending(folder, "", ".safetensors"); !files.empty()) {
    load("safetensors", "model.safetensors", files, read_safetensors);
  } else if (const auto old_files = files_ending(folder, "pytorch_model", ".bin"); !old_files.empty()) {
    load("pytorch", "pytorch_model.bin", old_files, read_pytorch);
  } else {
    throw CheckpointError(folder, "the folder has neither *.safetensors nor pytorch_model*.bin");
  }
  return checkpoint;
}

}  // namespace qualm::generators::local
