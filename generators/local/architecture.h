#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "generators/local/checkpoint/checkpoint.h"
#include "generators/local/operations.h"

namespace qualm::generators::local {

/// A decoder-only transformer on one device. What tells llama, qwen2 and gpt_bigcode apart is in the configuration and
/// in which tensors there are; the forward pass is written once over Operations.
class Architecture {
 public:
  /// Checks every tensor against the configuration and loads it. Throws CheckpointError naming the tensor that is
  /// missing or of another shape, or the architecture that is not known. `checkpoint` and `operations` must outlive
  /// this.
  Architecture(const Checkpoint& checkpoint, Operations& operations);

  [[nodiscard]] const ModelConfig& config() const { return config_; }
  /// Floats of the cache that kPagePositions positions take, over all layers.
  [[nodiscard]] std::int64_t page_floats() const { return config_.layers * attention_.layer_floats(); }
  /// Runs the rows of `batch`, writes their keys and values into its pages, and puts the logits of the wanted rows,
  /// (wanted, vocabulary), into `logits`, which is resized.
  void forward(const Batch& batch, std::vector<float>& logits);

 private:
  struct Norm {
    Buffer weight;
    Buffer bias;  ///< null: root-mean-square norm
  };
  struct Layer {
    Norm attention_norm, mlp_norm;
    std::unique_ptr<Matrix> query, key, value, output;
    std::unique_ptr<Matrix> gate, up, down;  ///< gate is null where the configuration has none
  };

  void load_layer(const Checkpoint& checkpoint, std::int64_t index);
  void load_fused(const Checkpoint& checkpoint, std::int64_t index, Layer& layer);
  [[nodiscard]] Norm load_norm(const Checkpoint& checkpoint, const std::string& name);
  void load_rotary();
  void reserve(std::int64_t rows);
  void attention(const Batch& batch, const Layer& layer, std::int64_t index);
  void mlp(std::int64_t rows, const Layer& layer);
  void normalize(const float* x, std::int64_t rows, const Norm& norm, float* y);

  ModelConfig config_;
  Operations& operations_;
  AttentionShape attention_;
  quant::PackedTensor embedding_, position_embedding_;
  RotaryTable rotary_;
  std::vector<Layer> layers_;
  Norm output_norm_;
  std::unique_ptr<Matrix> output_;

  // Activations of one step, (rows, size) each, for `reserved_rows_` rows.
  std::int64_t reserved_rows_ = 0;
  Buffer hidden_, normed_, query_, key_, value_, attended_, gate_, up_, logits_;
  std::int64_t reserved_logits_ = 0;
};

}  // namespace qualm::generators::local
