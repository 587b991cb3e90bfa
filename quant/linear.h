#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quant/packed_tensor.h"
#include "quant/threads.h"

namespace qualm::quant {

/// Which CPU kernels run. `portable` defines the meaning; the others agree to rounding.
enum class KernelSet { portable, avx2, avx512 };

/// The best set that this machine can run.
[[nodiscard]] KernelSet best_kernels();
[[nodiscard]] std::string_view to_string(KernelSet kernels);
/// Throws std::invalid_argument naming the sets there are, or that this machine cannot run the one asked for.
[[nodiscard]] KernelSet parse_kernels(std::string_view text);

/// y = x W^T + b on the CPU with W packed: x is (tokens, inputs), W is (outputs, inputs), y is (tokens, outputs), all
/// row-major, activations in float. The order in which one element of y sums over the inputs depends on the shape and
/// type of W and on the kernel set only, never on `tokens` or on the number of threads: a row's bits are the same alone
/// and among others.
class Linear {
 public:
  virtual ~Linear() = default;
  [[nodiscard]] virtual std::int64_t inputs() const = 0;
  [[nodiscard]] virtual std::int64_t outputs() const = 0;
  /// Sizes must be tokens * inputs() and tokens * outputs(); x and y do not overlap.
  virtual void forward(std::span<const float> x, std::int64_t tokens, std::span<float> y, Threads& threads) const = 0;
};

/// `bias` is empty or has weight.rows values. Throws std::invalid_argument for sizes that do not fit together.
[[nodiscard]] std::unique_ptr<Linear> make_linear(PackedTensor weight, std::vector<float> bias, KernelSet kernels);

/// Throws std::invalid_argument where `weight`'s bytes are not those of its shape, or `bias` is neither empty nor of
/// weight.rows values.
void check_sizes(const PackedTensor& weight, std::span<const float> bias = {});

/// Row `row` of `tensor` as floats, exactly as the type defines them; `out` has tensor.columns places. For embeddings,
/// norms and biases. Throws std::out_of_range for a row or
/// size that is not there, std::invalid_argument for a tensor whose sizes do not fit together.
void decode_row(const PackedTensor& tensor, std::int64_t row, std::span<float> out);

}  // namespace qualm::quant
