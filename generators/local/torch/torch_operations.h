#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

#include "generators/local/operations.h"
#include "generators/local/torch/module.h"
#include "generators/local/torch/step.h"

namespace qualm::generators::local {

/// The forward pass's operations through libtorch, in float. Matrices stay packed on the device; each use decodes them,
/// a part at a time, into one buffer: by CUDA kernels on a CUDA device, by the portable decoder on libtorch's CPU. A
/// layer of a page holds keys, then values, (kPagePositions, key_value_heads, head_dim) each. The order of sums is
/// libtorch's and may change with the rows of a batch. libtorch's errors become std::runtime_error of one line.
class TorchOperations : public Operations {
 public:
  explicit TorchOperations(const TorchSettings& settings);

  [[nodiscard]] std::uint64_t available_memory() const override;
  [[nodiscard]] std::int64_t preferred_rows() const override { return 256; }
  [[nodiscard]] std::map<std::string, std::string> numeric_path() const override;
  [[nodiscard]] Buffer allocate(std::int64_t floats) override;
  [[nodiscard]] std::unique_ptr<Pages> make_pages(std::int64_t floats, std::int64_t bound) override;
  [[nodiscard]] Buffer load_vector(std::span<const float> values) override;
  [[nodiscard]] std::unique_ptr<Matrix> load_matrix(const quant::PackedTensor& weight,
                                                    std::vector<float> bias) override;
  void copy_to_host(const float* from, std::span<float> to) override;
  void copy(const float* from, std::int64_t floats, float* to) override;
  void begin(const Batch& batch) override;
  void embed(const quant::PackedTensor& table, std::span<const std::int32_t> ids, float* y) override;
  void linear(const Matrix& matrix, const float* x, std::int64_t rows, float* y) override;
  void norm(const float* x, std::int64_t rows, std::int64_t size, const Buffer& weight, const Buffer& bias,
            double epsilon, float* y) override;
  void rotate(float* x, std::int64_t heads, std::int64_t head_dim, const Batch& batch,
              const RotaryTable& table) override;
  void store(const float* keys, const float* values, const Batch& batch, const AttentionShape& shape,
             std::int64_t layer) override;
  void attend(const float* queries, const Batch& batch, const AttentionShape& shape, std::int64_t layer,
              float* output) override;
  void activate(float* x, std::int64_t rows, std::int64_t size, ModelConfig::Activation activation) override;
  void multiply(float* y, const float* x, std::int64_t rows, std::int64_t size) override;
  void add(float* y, const float* x, std::int64_t rows, std::int64_t size) override;

 private:
  /// Device memory as a tensor.
  [[nodiscard]] at::Tensor view(const float* data, at::IntArrayRef sizes) const;
  /// The same floats in host memory.
  [[nodiscard]] static at::Tensor host_view(const float* data, at::IntArrayRef sizes);
  /// work() on this device, libtorch's errors translated.
  template <typename Work>
  auto run(const Work& work) const;
  /// Keys (part 0) or values (part 1) of all pages at `layer`: (pages, kPagePositions, key_value_heads, head_dim).
  [[nodiscard]] at::Tensor cached(const AttentionShape& shape, std::int64_t layer, std::int64_t part) const;
  void attend_group(const at::Tensor& queries, const AttentionGroup& group, const AttentionShape& shape,
                    std::int64_t layer, at::Tensor& output) const;

  TorchSettings settings_;
  c10::Device device_;
  at::Tensor pool_;     ///< the latest cache, (pages, floats of a page)
  at::Tensor decoded_;  ///< weights of a part of a matrix
  Step step_;
};

}  // namespace qualm::generators::local
