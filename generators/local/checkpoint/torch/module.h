#pragma once

#include <cstddef>
#include <cstdint>

/// The C interface of the module libqualm_torch.so, so that no type of libtorch and no exception crosses it.
extern "C" {

struct QualmTorchTensor {
  const char* name;
  const char* type;  ///< safetensors' name: "F32", "F16", "BF16", ...
  const std::int64_t* shape;
  std::size_t dimensions;
  const void* data;  ///< contiguous
  std::size_t bytes;
  void* owner;  ///< keeps `data`; whoever receives the tensor calls `release` on it once
  void (*release)(void* owner);
};

/// Calls `add` for each tensor of the file. Returns 0, or 1 with the reason (cut to `reason_size`, ended by a zero).
/// `add` must not throw.
using QualmReadPytorch = int (*)(const char* file, void (*add)(void* context, const QualmTorchTensor* tensor), void* context,
                                 char* reason, std::size_t reason_size);
}

/// The name under which the module exports its QualmReadPytorch.
inline constexpr const char* qualm_read_pytorch_name = "qualm_read_pytorch";
