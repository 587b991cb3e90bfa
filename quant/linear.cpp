#include "quant/linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "quant/registry.h"

namespace qualm::quant {
namespace {

// Outputs that one piece of work has at least; the fast kernels decode as many rows together.
constexpr std::int64_t output_group = 16;

Multiply kernel_of(Type type, KernelSet kernels) {
  const TypeEntry& types_entry = entry(type);
  Multiply multiply = nullptr;
  switch (kernels) {
    case KernelSet::portable: multiply = types_entry.portable; break;
    case KernelSet::avx2: multiply = types_entry.avx2; break;
    case KernelSet::avx512: multiply = types_entry.avx512; break;
  }
  if (multiply == nullptr || kernels > best_kernels()) {
    throw std::invalid_argument(
        fmt::format("this machine or build has no {} kernels for {}", to_string(kernels), types_entry.info.name));
  }
  return multiply;
}

class PackedLinear final : public Linear {
 public:
  PackedLinear(PackedTensor weight, std::vector<float> bias, Multiply multiply)
      : weight_(std::move(weight)), bias_(std::move(bias)), multiply_(multiply) {}

  std::int64_t inputs() const override { return weight_.columns; }
  std::int64_t outputs() const override { return weight_.rows; }

  void forward(std::span<const float> x, std::int64_t tokens, std::span<float> y, Threads& threads) const override {
    check_size("input", x.size(), tokens, inputs());
    check_size("output", y.size(), tokens, outputs());
    Product whole{.weights = weight_.data.data(),
                  .row_bytes = row_bytes(weight_.type, weight_.columns),
                  .columns = weight_.columns,
                  .bias = bias_.empty() ? nullptr : bias_.data(),
                  .x = x.data(),
                  .tokens = tokens,
                  .y = y.data(),
                  .outputs = weight_.rows,
                  .first = 0,
                  .last = weight_.rows};
    const std::int64_t groups = outputs() / output_group + (outputs() % output_group != 0 ? 1 : 0);
    threads.run(groups, 1, [&](std::int64_t begin, std::int64_t end) {
      Product piece = whole;
      piece.first = begin * output_group;
      piece.last = std::min(end * output_group, outputs());
      multiply_(piece);
    });
  }

 private:
  static void check_size(std::string_view what, std::size_t size, std::int64_t tokens, std::int64_t width) {
    std::int64_t wanted = 0;
    if (tokens < 0 || __builtin_mul_overflow(tokens, width, &wanted) || static_cast<std::uint64_t>(wanted) != size) {
      throw std::invalid_argument(
          fmt::format("a linear layer's {} of {} x {} has {} values", what, tokens, width, size));
    }
  }

  PackedTensor weight_;
  std::vector<float> bias_;
  Multiply multiply_;
};

}  // namespace

void check_sizes(const PackedTensor& tensor, std::span<const float> bias) {
  const std::int64_t row = row_bytes(tensor.type, tensor.columns);
  std::int64_t bytes = 0;
  if (tensor.rows < 0 || __builtin_mul_overflow(tensor.rows, row, &bytes) ||
      static_cast<std::uint64_t>(bytes) != tensor.data.size()) {
    throw std::invalid_argument(fmt::format("{} x {} {} weights do not fill {} bytes", tensor.rows, tensor.columns,
                                            info(tensor.type).name, tensor.data.size()));
  }
  if (!bias.empty() && bias.size() != static_cast<std::uint64_t>(tensor.rows)) {
    throw std::invalid_argument(fmt::format("a bias of {} values for {} outputs", bias.size(), tensor.rows));
  }
}

std::unique_ptr<Linear> make_linear(PackedTensor weight, std::vector<float> bias, KernelSet kernels) {
  check_sizes(weight, bias);
  const Multiply multiply = kernel_of(weight.type, kernels);
  return std::make_unique<PackedLinear>(std::move(weight), std::move(bias), multiply);
}

void decode_row(const PackedTensor& tensor, std::int64_t row, std::span<float> out) {
  check_sizes(tensor);
  if (row < 0 || row >= tensor.rows) {
    throw std::out_of_range(fmt::format("row {} of a matrix of {} rows", row, tensor.rows));
  }
  if (out.size() != static_cast<std::uint64_t>(tensor.columns)) {
    throw std::out_of_range(fmt::format("{} places for a row of {} weights", out.size(), tensor.columns));
  }
  entry(tensor.type)
      .decode(tensor.data.data() + row * row_bytes(tensor.type, tensor.columns), 0, tensor.columns, out.data());
}

}  // namespace qualm::quant
