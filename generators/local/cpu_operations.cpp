#include "generators/local/cpu_operations.h"

#include <gnu/libc-version.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "generators/local/memory.h"

namespace qualm::generators::local {
namespace {

class CpuMatrix : public Matrix {
 public:
  explicit CpuMatrix(std::unique_ptr<quant::Linear> linear) : linear_(std::move(linear)) {}
  [[nodiscard]] const quant::Linear& linear() const { return *linear_; }

 private:
  std::unique_ptr<quant::Linear> linear_;
};

// Taken from the system one by one, when they are needed.
class CpuPages : public Pages {
 public:
  CpuPages(CpuOperations& operations, std::int64_t floats) : operations_(operations), floats_(floats) {}
  [[nodiscard]] float* page(std::int64_t index) override {
    while (static_cast<std::int64_t>(pages_.size()) <= index) pages_.push_back(operations_.allocate(floats_));
    return pages_[static_cast<std::size_t>(index)].get();
  }

 private:
  CpuOperations& operations_;
  std::int64_t floats_;
  std::vector<Buffer> pages_;
};

// Waking a thread costs some microseconds: the work of about this many floats.
constexpr std::int64_t kWorthAThread = 1 << 14;

void rotate_head(float* head, std::int64_t half, const float* cosines, const float* sines, bool interleaved) {
  for (std::int64_t i = 0; i < half; ++i) {
    float& first = head[interleaved ? 2 * i : i];
    float& second = head[interleaved ? 2 * i + 1 : i + half];
    const float a = first * cosines[i] - second * sines[i];
    const float b = second * cosines[i] + first * sines[i];
    first = a;
    second = b;
  }
}

void store_head(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot, float* page) {
  for (std::int64_t d = 0; d < head_dim; ++d) page[d * kPagePositions + slot] = key[d];
  std::copy_n(value, head_dim, page + head_dim * kPagePositions + slot * padded(head_dim));
}

}  // namespace

std::int64_t AttentionShape::head_floats() const { return kPagePositions * (head_dim + padded(head_dim)); }

CpuOperations::CpuOperations(quant::KernelSet kernels, quant::Threads& threads)
    : set_(kernels), kernels_(cpu_kernels(kernels)), threads_(threads) {}

template <typename Work>
void CpuOperations::for_rows(std::int64_t rows, std::int64_t row_size, const Work& work) {
  if (rows == 1 || rows * row_size < kWorthAThread) {
    for (std::int64_t row = 0; row < rows; ++row) work(row);
    return;
  }
  const std::int64_t grain = std::max<std::int64_t>(1, kWorthAThread / std::max<std::int64_t>(row_size, 1) / 2);
  threads_.run(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) work(row);
  });
}

std::uint64_t CpuOperations::available_memory() const { return local::available_memory(); }

std::map<std::string, std::string> CpuOperations::numeric_path() const {
  return {{"device", "cpu"},
          {"kernels", std::string(quant::to_string(set_))},
          {"arithmetic", "float activations, float key/value cache"},
          {"compiler", __VERSION__},
          {"libc", gnu_get_libc_version()}};
}

Buffer CpuOperations::allocate(std::int64_t floats) {
  auto* memory =
      static_cast<float*>(std::calloc(static_cast<std::size_t>(std::max<std::int64_t>(floats, 1)), sizeof(float)));
  if (memory == nullptr) throw std::bad_alloc();
  return {memory, std::free};
}

std::unique_ptr<Pages> CpuOperations::make_pages(std::int64_t floats, std::int64_t /*bound*/) {
  return std::make_unique<CpuPages>(*this, floats);
}

Buffer CpuOperations::load_vector(std::span<const float> values) {
  Buffer buffer = allocate(static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), buffer.get());
  return buffer;
}

std::unique_ptr<Matrix> CpuOperations::load_matrix(const quant::PackedTensor& weight, std::vector<float> bias) {
  return std::make_unique<CpuMatrix>(quant::make_linear(weight, std::move(bias), set_));
}

void CpuOperations::copy_to_host(const float* from, std::span<float> to) { std::copy_n(from, to.size(), to.begin()); }

void CpuOperations::copy(const float* from, std::int64_t floats, float* to) { std::copy_n(from, floats, to); }

void CpuOperations::embed(const quant::PackedTensor& table, std::span<const std::int32_t> ids, float* y) {
  for (std::size_t row = 0; row < ids.size(); ++row)
    quant::decode_row(table, ids[row],
                      {y + static_cast<std::int64_t>(row) * table.columns, static_cast<std::size_t>(table.columns)});
}

void CpuOperations::linear(const Matrix& matrix, const float* x, std::int64_t rows, float* y) {
  const quant::Linear& linear = static_cast<const CpuMatrix&>(matrix).linear();
  linear.forward({x, static_cast<std::size_t>(rows * linear.inputs())}, rows,
                 {y, static_cast<std::size_t>(rows * linear.outputs())}, threads_);
}

void CpuOperations::norm(const float* x, std::int64_t rows, std::int64_t size, const Buffer& weight, const Buffer& bias,
                         double epsilon, float* y) {
  for_rows(rows, size, [&](std::int64_t row) {
    const float* from = x + row * size;
    float* to = y + row * size;
    if (bias)
      kernels_.layer_norm(from, weight.get(), bias.get(), static_cast<float>(epsilon), size, to);
    else
      kernels_.rms_norm(from, weight.get(), static_cast<float>(epsilon), size, to);
  });
}

void CpuOperations::rotate(float* x, std::int64_t heads, std::int64_t head_dim, const Batch& batch,
                           const RotaryTable& table) {
  const std::int64_t half = table.rotated_dim / 2;
  for_rows(batch.rows(), heads * head_dim, [&](std::int64_t row) {
    const std::int64_t offset = batch.positions[static_cast<std::size_t>(row)] * half;
    for (std::int64_t head = 0; head < heads; ++head)
      rotate_head(x + (row * heads + head) * head_dim, half, table.cosines.get() + offset, table.sines.get() + offset,
                  table.interleaved);
  });
}

void CpuOperations::store(const float* keys, const float* values, const Batch& batch, const AttentionShape& shape,
                          std::int64_t layer) {
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const std::int64_t position = batch.positions[static_cast<std::size_t>(row)];
    float* page = batch.pages[static_cast<std::size_t>(row)][static_cast<std::size_t>(position / kPagePositions)] +
                  layer * shape.layer_floats();
    for (std::int64_t head = 0; head < shape.key_value_heads; ++head) {
      const std::int64_t from = (row * shape.key_value_heads + head) * shape.head_dim;
      store_head(keys + from, values + from, shape.head_dim, position % kPagePositions,
                 page + head * shape.head_floats());
    }
  }
}

void CpuOperations::attend(const float* queries, const Batch& batch, const AttentionShape& shape, std::int64_t layer,
                           float* output) {
  const std::int64_t rows = batch.rows();
  const std::int64_t group = shape.heads / shape.key_value_heads;
  const std::int64_t longest = *std::max_element(batch.positions.begin(), batch.positions.end()) + kPagePositions;
  // One index is one row's attention over one key/value head; heads are outermost, so that rows that share a prefix
  // read it while it is in the processor's cache.
  const auto work = [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scores(static_cast<std::size_t>(4 * longest));
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t head = index / rows;
      const std::int64_t row = index % rows;
      const std::int64_t offset = (row * shape.heads + head * group) * shape.head_dim;
      kernels_.attend({.queries = queries + offset,
                       .outputs = output + offset,
                       .group = group,
                       .head_dim = shape.head_dim,
                       .pages = batch.pages[static_cast<std::size_t>(row)].data(),
                       .head_offset = layer * shape.layer_floats() + head * shape.head_floats(),
                       .positions = batch.positions[static_cast<std::size_t>(row)] + 1,
                       .scale = 1.0F / std::sqrt(static_cast<float>(shape.head_dim)),
                       .scores = scores.data()});
    }
  };
  const std::int64_t indices = rows * shape.key_value_heads;
  const std::int64_t index_floats = longest * shape.head_dim * 2;
  if (indices * index_floats < kWorthAThread)
    work(0, indices);
  else
    threads_.run(indices, std::max<std::int64_t>(1, kWorthAThread / index_floats / 2), work);
}

void CpuOperations::activate(float* x, std::int64_t rows, std::int64_t size, ModelConfig::Activation activation) {
  for_rows(rows, size, [&](std::int64_t row) {
    float* values = x + row * size;
    switch (activation) {
      case ModelConfig::Activation::silu: kernels_.silu(values, size); break;
      case ModelConfig::Activation::gelu_tanh: kernels_.gelu_tanh(values, size); break;
      case ModelConfig::Activation::gelu_erf:
        for (std::int64_t i = 0; i < size; ++i)
          values[i] = 0.5F * values[i] * (1.0F + std::erf(values[i] * 0.70710678F));
        break;
    }
  });
}

void CpuOperations::multiply(float* y, const float* x, std::int64_t rows, std::int64_t size) {
  for_rows(rows, size, [&](std::int64_t row) { kernels_.multiply(y + row * size, x + row * size, size); });
}

void CpuOperations::add(float* y, const float* x, std::int64_t rows, std::int64_t size) {
  for_rows(rows, size, [&](std::int64_t row) { kernels_.add(y + row * size, x + row * size, size); });
}

}  // namespace qualm::generators::local
