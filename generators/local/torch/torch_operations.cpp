#include "generators/local/torch/torch_operations.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "generators/local/cpu_kernels.h"
#include "generators/local/memory.h"
#include "generators/local/torch/cuda_device.h"
#include "quant/linear.h"

namespace qualm::generators::local {
namespace {

// What libtorch and its libraries take beside weights, cache and the two buffers of TorchSettings::scratch_floats.
constexpr std::uint64_t reserved_bytes = std::uint64_t{256} << 20;

class TorchMatrix : public Matrix {
 public:
  TorchMatrix(quant::PackedTensor weight, at::Tensor packed, at::Tensor bias)
      : weight_(std::move(weight)), packed_(std::move(packed)), bias_(std::move(bias)) {}
  [[nodiscard]] std::int64_t rows() const { return weight_.rows; }
  [[nodiscard]] std::int64_t columns() const { return weight_.columns; }
  [[nodiscard]] const at::Tensor& bias() const { return bias_; }  ///< undefined: none

  /// Rows [first, first + count) as floats, (count, columns).
  void decode(c10::Device device, std::int64_t first, std::int64_t count, float* out) const {
    if (device.is_cuda()) {
      const std::int64_t offset = first * quant::row_bytes(weight_.type, columns());
      decode_on_cuda(device.index(), weight_.type, packed_.const_data_ptr<std::uint8_t>() + offset, count, columns(),
                     out);
      return;
    }
    at::parallel_for(0, count, 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        quant::decode_row(weight_, first + row, {out + row * columns(), static_cast<std::size_t>(columns())});
    });
  }

 private:
  quant::PackedTensor weight_;  ///< without its bytes where `packed_` has them
  at::Tensor packed_;           ///< bytes on the device; undefined on the CPU, where the checkpoint's own serve
  at::Tensor bias_;
};

class TorchPages : public Pages {
 public:
  explicit TorchPages(at::Tensor pool) : pool_(std::move(pool)) {}
  // Zero, because hidden positions are multiplied by zero, which is only nothing where they are numbers.
  [[nodiscard]] float* page(std::int64_t index) override {
    const c10::InferenceMode mode;
    const c10::DeviceGuard guard(pool_.device());
    return pool_.select(0, index).zero_().data_ptr<float>();
  }

 private:
  at::Tensor pool_;
};

}  // namespace

TorchOperations::TorchOperations(const TorchSettings& settings)
    : settings_(settings),
      device_(settings.cuda ? c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(settings.index))
                            : c10::Device(c10::kCPU)) {
  at::globalContext().setFloat32MatmulPrecision("highest");
  if (!settings.cuda) at::set_num_threads(settings.threads);
}

template <typename Work>
auto TorchOperations::run(const Work& work) const {
  const c10::InferenceMode mode;
  try {
    const c10::DeviceGuard guard(device_);
    return work();
  } catch (const c10::Error& error) {
    // One line: libtorch adds advice for its own developers below.
    const std::string text = error.what_without_backtrace();
    throw std::runtime_error("libtorch on " + device_.str() + ": " + text.substr(0, text.find('\n')));
  }
}

at::Tensor TorchOperations::view(const float* data, at::IntArrayRef sizes) const {
  // libtorch has no tensors of constants: what is read only is not written to.
  return at::for_blob(const_cast<float*>(data), sizes)
      .options(at::TensorOptions().dtype(at::kFloat).device(device_))
      .target_device(device_)
      .make_tensor();
}

at::Tensor TorchOperations::host_view(const float* data, at::IntArrayRef sizes) {
  return at::from_blob(const_cast<float*>(data), sizes, at::TensorOptions().dtype(at::kFloat));
}

std::uint64_t TorchOperations::available_memory() const {
  const std::uint64_t free = settings_.cuda ? cuda_free_bytes(settings_.index) : local::available_memory();
  // Gathered keys and values exist twice while libtorch multiplies them.
  const std::uint64_t beside =
      reserved_bytes + 3 * static_cast<std::uint64_t>(settings_.scratch_floats) * sizeof(float);
  return free > beside ? free - beside : 0;
}

std::map<std::string, std::string> TorchOperations::numeric_path() const {
  std::map<std::string, std::string> path{
      {"device", settings_.cuda ? "cuda" : "torch-cpu"},
      {"libtorch", TORCH_VERSION},
      {"arithmetic", "weights decoded to float, libtorch's float products, float key/value cache"},
      {"same_bytes", "not promised: libtorch's sums may change with the rows of a batch"}};
  if (!settings_.cuda) return path;
  const CudaFacts facts = cuda_facts(settings_.index);
  path["gpu"] = facts.name;
  path["compute_capability"] = facts.compute_capability;
  path["cuda_runtime"] = facts.runtime_version;
  path["cuda_driver"] = facts.driver_version;
  return path;
}

Buffer TorchOperations::allocate(std::int64_t floats) {
  return run([&] {
    at::Tensor memory =
        at::zeros({std::max<std::int64_t>(floats, 1)}, at::TensorOptions().dtype(at::kFloat).device(device_));
    float* const data = memory.data_ptr<float>();
    return Buffer(data, [kept = std::move(memory)](float*) {});
  });
}

std::unique_ptr<Pages> TorchOperations::make_pages(std::int64_t floats, std::int64_t bound) {
  return run([&]() -> std::unique_ptr<Pages> {
    pool_ = at::empty({bound, floats}, at::TensorOptions().dtype(at::kFloat).device(device_));
    return std::make_unique<TorchPages>(pool_);
  });
}

Buffer TorchOperations::load_vector(std::span<const float> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  Buffer buffer = allocate(size);
  run([&] { view(buffer.get(), {size}).copy_(host_view(values.data(), {size})); });
  return buffer;
}

std::unique_ptr<Matrix> TorchOperations::load_matrix(const quant::PackedTensor& weight, std::vector<float> bias) {
  quant::check_sizes(weight, bias);
  return run([&]() -> std::unique_ptr<Matrix> {
    at::Tensor on_device;
    if (!bias.empty()) on_device = host_view(bias.data(), {weight.rows}).clone().to(device_);
    if (device_.is_cpu()) return std::make_unique<TorchMatrix>(weight, at::Tensor(), on_device);
    const at::Tensor bytes =
        at::from_blob(const_cast<std::byte*>(weight.data.data()), {static_cast<std::int64_t>(weight.data.size())},
                      at::TensorOptions().dtype(at::kByte));
    quant::PackedTensor shape{
        .type = weight.type, .rows = weight.rows, .columns = weight.columns, .data = {}, .owner = {}};
    return std::make_unique<TorchMatrix>(std::move(shape), bytes.to(device_), on_device);
  });
}

void TorchOperations::copy_to_host(const float* from, std::span<float> to) {
  const auto size = static_cast<std::int64_t>(to.size());
  run([&] { host_view(to.data(), {size}).copy_(view(from, {size})); });
}

void TorchOperations::copy(const float* from, std::int64_t floats, float* to) {
  run([&] { view(to, {floats}).copy_(view(from, {floats})); });
}

void TorchOperations::begin(const Batch& batch) {
  run([&] { step_ = make_step(batch, pool_, device_); });
}

void TorchOperations::embed(const quant::PackedTensor& table, std::span<const std::int32_t> ids, float* y) {
  const auto rows = static_cast<std::int64_t>(ids.size());
  std::vector<float> values(ids.size() * static_cast<std::size_t>(table.columns));
  for (std::size_t row = 0; row < ids.size(); ++row)
    quant::decode_row(table, ids[row],
                      std::span(values).subspan(row * static_cast<std::size_t>(table.columns),
                                                static_cast<std::size_t>(table.columns)));
  run([&] { view(y, {rows, table.columns}).copy_(host_view(values.data(), {rows, table.columns})); });
}

void TorchOperations::linear(const Matrix& matrix, const float* x, std::int64_t rows, float* y) {
  const auto& weight = static_cast<const TorchMatrix&>(matrix);
  run([&] {
    const std::int64_t columns = weight.columns();
    const std::int64_t part = std::clamp<std::int64_t>(settings_.scratch_floats / std::max<std::int64_t>(columns, 1), 1,
                                                       std::max<std::int64_t>(weight.rows(), 1));
    if (!decoded_.defined() || decoded_.numel() < part * columns)
      decoded_ = at::empty({part * columns}, at::TensorOptions().dtype(at::kFloat).device(device_));
    const at::Tensor from = view(x, {rows, columns});
    const at::Tensor to = view(y, {rows, weight.rows()});
    for (std::int64_t first = 0; first < weight.rows(); first += part) {
      const std::int64_t count = std::min(part, weight.rows() - first);
      weight.decode(device_, first, count, decoded_.data_ptr<float>());
      const at::Tensor transposed = decoded_.narrow(0, 0, count * columns).view({count, columns}).t();
      at::Tensor outputs = to.narrow(1, first, count);
      if (weight.bias().defined())
        at::addmm_out(outputs, weight.bias().narrow(0, first, count), from, transposed);
      else
        at::mm_out(outputs, from, transposed);
    }
  });
}

void TorchOperations::norm(const float* x, std::int64_t rows, std::int64_t size, const Buffer& weight,
                           const Buffer& bias, double epsilon, float* y) {
  run([&] {
    const at::Tensor from = view(x, {rows, size});
    const at::Tensor scale = view(weight.get(), {size});
    view(y, {rows, size})
        .copy_(bias ? at::layer_norm(from, {size}, scale, view(bias.get(), {size}), epsilon)
                    : at::rms_norm(from, {size}, scale, epsilon));
  });
}

void TorchOperations::rotate(float* x, std::int64_t heads, std::int64_t head_dim, const Batch& batch,
                             const RotaryTable& table) {
  run([&] {
    const std::int64_t half = table.rotated_dim / 2;
    const auto of_rows = [&](const Buffer& angles) {
      return view(angles.get(), {step_.longest, half}).index_select(0, step_.positions).unsqueeze(1);
    };
    const at::Tensor cosines = of_rows(table.cosines);
    const at::Tensor sines = of_rows(table.sines);
    const at::Tensor rotated = view(x, {batch.rows(), heads, head_dim}).narrow(2, 0, 2 * half);
    const at::Tensor pairs =
        table.interleaved ? rotated.unflatten(2, {half, 2}).transpose(2, 3) : rotated.unflatten(2, {2, half});
    const at::Tensor first = pairs.select(2, 0);
    const at::Tensor second = pairs.select(2, 1);
    const at::Tensor new_first = first * cosines - second * sines;
    const at::Tensor new_second = second * cosines + first * sines;
    first.copy_(new_first);
    second.copy_(new_second);
  });
}

at::Tensor TorchOperations::cached(const AttentionShape& shape, std::int64_t layer, std::int64_t part) const {
  const std::int64_t position = shape.key_value_heads * shape.head_dim;
  return pool_.as_strided({pool_.size(0), kPagePositions, shape.key_value_heads, shape.head_dim},
                          {pool_.size(1), position, shape.head_dim, 1},
                          layer * shape.layer_floats() + part * kPagePositions * position);
}

void TorchOperations::store(const float* keys, const float* values, const Batch& batch, const AttentionShape& shape,
                            std::int64_t layer) {
  run([&] {
    const std::int64_t part_sizes[] = {batch.rows(), shape.key_value_heads, shape.head_dim};
    cached(shape, layer, 0).index_put_({step_.pages, step_.slots}, view(keys, part_sizes));
    cached(shape, layer, 1).index_put_({step_.pages, step_.slots}, view(values, part_sizes));
  });
}

void TorchOperations::attend(const float* queries, const Batch& batch, const AttentionShape& shape, std::int64_t layer,
                             float* output) {
  run([&] {
    const at::Tensor from = view(queries, {batch.rows(), shape.heads, shape.head_dim});
    at::Tensor to = view(output, {batch.rows(), shape.heads, shape.head_dim});
    for (const AttentionGroup& group : step_.groups) {
      // As many sequences at once as the buffer of gathered keys and values allows.
      const std::int64_t floats = group.positions * shape.key_value_heads * shape.head_dim * 2;
      const std::int64_t at_once = std::clamp<std::int64_t>(settings_.scratch_floats / floats, 1, group.sequences);
      for (std::int64_t first = 0; first < group.sequences; first += at_once) {
        const std::int64_t count = std::min(at_once, group.sequences - first);
        attend_group(from,
                     {.sequences = count,
                      .rows = group.rows,
                      .positions = group.positions,
                      .row_indices = group.row_indices.narrow(0, first, count),
                      .page_indices = group.page_indices.narrow(0, first, count),
                      .hidden = group.hidden.narrow(0, first, count)},
                     shape, layer, to);
      }
    }
  });
}

void TorchOperations::attend_group(const at::Tensor& queries, const AttentionGroup& group, const AttentionShape& shape,
                                   std::int64_t layer, at::Tensor& output) const {
  const std::int64_t sequences = group.sequences, rows = group.rows, positions = group.positions;
  const std::int64_t key_heads = shape.key_value_heads, size = shape.head_dim, shared = shape.heads / key_heads;
  const at::Tensor row_indices = group.row_indices.reshape({-1});
  const at::Tensor page_indices = group.page_indices.reshape({-1});
  const auto gather = [&](std::int64_t part) {
    return cached(shape, layer, part).index_select(0, page_indices).view({sequences, positions, key_heads, size});
  };
  // (sequences, key_heads, rows * shared, size): the query heads that share a key/value head lie together.
  const at::Tensor own = queries.index_select(0, row_indices)
                             .view({sequences, rows, key_heads, shared, size})
                             .transpose(1, 2)
                             .reshape({sequences, key_heads, rows * shared, size});
  const at::Tensor scores =
      at::matmul(own, gather(0).permute({0, 2, 3, 1})).mul_(1.0 / std::sqrt(static_cast<double>(size)));
  scores.view({sequences, key_heads, rows, shared, positions})
      .masked_fill_(group.hidden.view({sequences, 1, rows, 1, positions}), -std::numeric_limits<float>::infinity());
  const at::Tensor sums = at::matmul(scores.softmax(-1), gather(1).transpose(1, 2));
  output.index_copy_(0, row_indices,
                     sums.view({sequences, key_heads, rows, shared, size})
                         .transpose(1, 2)
                         .reshape({sequences * rows, shape.heads, size}));
}

void TorchOperations::activate(float* x, std::int64_t rows, std::int64_t size, ModelConfig::Activation activation) {
  run([&] {
    at::Tensor values = view(x, {rows * size});
    switch (activation) {
      case ModelConfig::Activation::silu: at::silu_(values); break;
      case ModelConfig::Activation::gelu_tanh: at::gelu_(values, "tanh"); break;
      case ModelConfig::Activation::gelu_erf: at::gelu_(values, "none"); break;
    }
  });
}

void TorchOperations::multiply(float* y, const float* x, std::int64_t rows, std::int64_t size) {
  run([&] { view(y, {rows * size}).mul_(view(x, {rows * size})); });
}

void TorchOperations::add(float* y, const float* x, std::int64_t rows, std::int64_t size) {
  run([&] { view(y, {rows * size}).add_(view(x, {rows * size})); });
}

}  // namespace qualm::generators::local
