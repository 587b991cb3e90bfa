#pragma once

#include <memory>
#include <vector>

#include "generators/local/cpu_kernels.h"
#include "generators/local/operations.h"
#include "quant/linear.h"
#include "quant/threads.h"

namespace qualm::generators::local {

/// The forward pass's operations on the CPU: quant/'s matrices and cpu_kernels, divided among `threads`.
class CpuOperations : public Operations {
 public:
  CpuOperations(quant::KernelSet kernels, quant::Threads& threads);

  [[nodiscard]] std::uint64_t available_memory() const override;
  [[nodiscard]] std::int64_t preferred_rows() const override { return 64; }
  [[nodiscard]] std::map<std::string, std::string> numeric_path() const override;
  [[nodiscard]] Buffer allocate(std::int64_t floats) override;
  [[nodiscard]] std::unique_ptr<Pages> make_pages(std::int64_t floats, std::int64_t bound) override;
  [[nodiscard]] Buffer load_vector(std::span<const float> values) override;
  [[nodiscard]] std::unique_ptr<Matrix> load_matrix(const quant::PackedTensor& weight,
                                                    std::vector<float> bias) override;
  void copy_to_host(const float* from, std::span<float> to) override;
  void copy(const float* from, std::int64_t floats, float* to) override;
  void begin(const Batch& /*batch*/) override {}
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
  // work(row) for each row, by all threads where `row_size` makes it worth waking them.
  template <typename Work>
  void for_rows(std::int64_t rows, std::int64_t row_size, const Work& work);

  quant::KernelSet set_;
  const CpuKernels& kernels_;
  quant::Threads& threads_;
};

}  // namespace qualm::generators::local
