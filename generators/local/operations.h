#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "generators/local/checkpoint/model_config.h"
#include "quant/packed_tensor.h"

namespace qualm::generators::local {

/// Floats in the memory of a device, zero at first.
using Buffer = std::shared_ptr<float>;

/// A weight matrix (outputs, inputs) with its bias on a device.
class Matrix {
 public:
  virtual ~Matrix() = default;
};

/// The rows of one step: each is one token of one sequence at its absolute position.
struct Batch {
  std::vector<std::int32_t> tokens;
  std::vector<std::int64_t> positions;
  std::vector<std::span<float* const>> pages;  ///< of each row's sequence, enough for its position
  std::vector<std::int64_t> wanted;            ///< rows whose logits are wanted, ascending

  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(tokens.size()); }
};

/// Where a layer's keys and values lie in a page of the cache, and how its heads are shared.
struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t key_value_heads = 0;
  std::int64_t head_dim = 0;

  /// Floats of one key/value head in a page: its keys, then its values.
  [[nodiscard]] std::int64_t head_floats() const;
  [[nodiscard]] std::int64_t layer_floats() const { return key_value_heads * head_floats(); }
};

/// Cosines and sines of all positions of a model, (context, head_dim / 2) each.
struct RotaryTable {
  Buffer cosines;
  Buffer sines;
  std::int64_t rotated_dim = 0;
  bool interleaved = false;
};

/// Memory for the pages of a key/value cache on a device.
class Pages {
 public:
  virtual ~Pages() = default;
  /// Page `index`, zero when it is first asked for; pages are asked for in order.
  [[nodiscard]] virtual float* page(std::int64_t index) = 0;
};

/// What the forward pass is made of, on one device. Activations are (rows, size), row-major; pointers are into Buffers.
/// On the CPU a row's result depends on that row (and the cache's pages it reads) alone, in bits.
class Operations {
 public:
  virtual ~Operations() = default;
  /// Bytes that can be taken on the device, for weights and cache.
  [[nodiscard]] virtual std::uint64_t available_memory() const = 0;
  /// Rows of a step that it works well with.
  [[nodiscard]] virtual std::int64_t preferred_rows() const = 0;
  /// What the arithmetic's bits depend on, for the run's record: device, kernels, versions.
  [[nodiscard]] virtual std::map<std::string, std::string> numeric_path() const = 0;
  [[nodiscard]] virtual Buffer allocate(std::int64_t floats) = 0;
  /// Room for at most `bound` pages of `floats` floats; what Batch::pages points to comes from the latest.
  [[nodiscard]] virtual std::unique_ptr<Pages> make_pages(std::int64_t floats, std::int64_t bound) = 0;
  [[nodiscard]] virtual Buffer load_vector(std::span<const float> values) = 0;
  [[nodiscard]] virtual std::unique_ptr<Matrix> load_matrix(const quant::PackedTensor& weight,
                                                            std::vector<float> bias) = 0;
  virtual void copy_to_host(const float* from, std::span<float> to) = 0;
  virtual void copy(const float* from, std::int64_t floats, float* to) = 0;

  /// Comes before the other operations of a step and may prepare what all layers need of `batch`, which they are given
  /// again unchanged.
  virtual void begin(const Batch& batch) = 0;
  /// y (rows, table.columns) = the table's rows of `ids`.
  virtual void embed(const quant::PackedTensor& table, std::span<const std::int32_t> ids, float* y) = 0;
  virtual void linear(const Matrix& matrix, const float* x, std::int64_t rows, float* y) = 0;
  /// Root-mean-square norm where `bias` is null, else layer norm.
  virtual void norm(const float* x, std::int64_t rows, std::int64_t size, const Buffer& weight, const Buffer& bias,
                    double epsilon, float* y) = 0;
  /// Rotates each head of x (rows, heads, head_dim) by its row's position.
  virtual void rotate(float* x, std::int64_t heads, std::int64_t head_dim, const Batch& batch,
                      const RotaryTable& table) = 0;
  /// Puts keys and values (rows, key_value_heads, head_dim) into the pages at `layer`.
  virtual void store(const float* keys, const float* values, const Batch& batch, const AttentionShape& shape,
                     std::int64_t layer) = 0;
  /// output (rows, heads, head_dim): each row attends to positions 0 to its own, scores scaled by 1 / sqrt(head_dim).
  virtual void attend(const float* queries, const Batch& batch, const AttentionShape& shape, std::int64_t layer,
                      float* output) = 0;
  virtual void activate(float* x, std::int64_t rows, std::int64_t size, ModelConfig::Activation activation) = 0;
  virtual void multiply(float* y, const float* x, std::int64_t rows, std::int64_t size) = 0;  ///< y *= x
  virtual void add(float* y, const float* x, std::int64_t rows, std::int64_t size) = 0;       ///< y += x
};

}  // namespace qualm::generators::local
