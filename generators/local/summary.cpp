#include "generators/local/summary.h"

#include "generators/local/cpu_kernels.h"
#include "generators/local/operations.h"

namespace qualm::generators::local {

ModelSummary summary_of(const Checkpoint& checkpoint) {
  const ModelConfig& config = checkpoint.config();
  ModelSummary summary{.format = checkpoint.format(), .files = checkpoint.files(), .config = config, .tensors = {}};
  for (const auto& file : summary.files)
    summary.file_bytes += static_cast<std::int64_t>(std::filesystem::file_size(file));
  for (const std::string& name : checkpoint.names()) {
    const quant::PackedTensor& tensor = *checkpoint.find(name);
    summary.tensors.push_back({.name = name,
                               .rows = tensor.rows,
                               .columns = tensor.columns,
                               .type = std::string(quant::info(tensor.type).name),
                               .bytes = static_cast<std::int64_t>(tensor.data.size())});
  }
  const AttentionShape shape{
      .heads = config.heads, .key_value_heads = config.key_value_heads, .head_dim = config.head_dim};
  const auto float_size = static_cast<std::int64_t>(sizeof(float));
  summary.cache_bytes_per_token = config.layers * shape.layer_floats() * float_size / kPagePositions;
  if (config.rotary) summary.table_bytes = config.context_length * config.head_dim * float_size;
  return summary;
}

}  // namespace qualm::generators::local
