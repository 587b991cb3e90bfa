#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/import_read.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "generators/local/checkpoint/torch/module.h"

namespace {

/// safetensors' names; the reader judges which it can use.
const char* name_of(at::ScalarType type) {
  switch (type) {
    case at::kFloat: return "F32";
    case at::kHalf: return "F16";
    case at::kBFloat16: return "BF16";
    case at::kDouble: return "F64";
    case at::kLong: return "I64";
    case at::kInt: return "I32";
    case at::kByte: return "U8";
    case at::kBool: return "BOOL";
    default: return "another";
  }
}

/// libtorch's unpickler takes sizes, strides and offset from the file as they are: here they are held against the storage.
void check_bounds(const std::string& name, const at::Tensor& tensor) {
  std::int64_t last = tensor.storage_offset();
  bool fits = tensor.layout() == at::kStrided && tensor.device().is_cpu() && last >= 0;
  for (std::int64_t i = 0; fits && i < tensor.dim(); ++i) {
    std::int64_t reach = 0;
    fits = tensor.size(i) > 0 && tensor.stride(i) >= 0 &&
           !__builtin_mul_overflow(tensor.size(i) - 1, tensor.stride(i), &reach) &&
           !__builtin_add_overflow(last, reach, &last);
  }
  std::int64_t end = 0;
  fits = fits && !__builtin_add_overflow(last, 1, &end) &&
         !__builtin_mul_overflow(end, static_cast<std::int64_t>(tensor.element_size()), &end) &&
         static_cast<std::uint64_t>(end) <= tensor.storage().nbytes();
  // A stride of 0 or overlapping ones could make a small storage a huge tensor.
  fits = fits && static_cast<std::uint64_t>(tensor.numel()) <= tensor.storage().nbytes() / tensor.element_size();
  if (!fits) throw std::runtime_error("tensor '" + name + "' does not lie within its storage");
}

void read(const char* file, void (*add)(void*, const QualmTorchTensor*), void* context) {
  caffe2::serialize::PyTorchStreamReader reader{std::string(file)};
  // No type resolver and no object loader: a file that asks for a class or a function of its own is refused.
  const c10::IValue value =
      torch::jit::readArchiveAndTensors("data", "", "", std::nullopt, std::nullopt, at::Device(at::kCPU), reader);
  if (!value.isGenericDict()) throw std::runtime_error("its pickle is not a dictionary of tensors");
  for (const auto& entry : value.toGenericDict()) {
    if (!entry.key().isString() || !entry.value().isTensor()) throw std::runtime_error("its pickle is not a dictionary of tensors");
    const std::string name = entry.key().toStringRef();
    const at::Tensor& stored = entry.value().toTensor();
    check_bounds(name, stored);
    auto owner = std::make_unique<at::Tensor>(stored.contiguous());
    const auto shape = owner->sizes();
    QualmTorchTensor tensor{};
    tensor.name = name.c_str();
    tensor.type = name_of(owner->scalar_type());
    tensor.shape = shape.data();
    tensor.dimensions = shape.size();
    tensor.data = owner->const_data_ptr();
    tensor.bytes = owner->nbytes();
    tensor.release = [](void* kept) { delete static_cast<at::Tensor*>(kept); };
    tensor.owner = owner.release();
    add(context, &tensor);
  }
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int qualm_read_pytorch(const char* file,
                                                                         void (*add)(void*, const QualmTorchTensor*),
                                                                         void* context, char* reason, std::size_t reason_size) {
  std::string text;
  try {
    read(file, add, context);
    return 0;
  } catch (const c10::Error& error) {
    text = error.what_without_backtrace();
  } catch (const std::exception& error) {
    text = error.what();
  }
  // One line: libtorch adds advice for its own developers below.
  text = text.substr(0, text.find('\n'));
  if (reason_size > 0) {
    const std::size_t length = std::min(text.size(), reason_size - 1);
    std::memcpy(reason, text.data(), length);
    reason[length] = '\0';
  }
  return 1;
}
