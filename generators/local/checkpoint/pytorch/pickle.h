#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace qualm::generators::local {

/// A type of numbers by safetensors' name ("F32", "BF16", "I64", ...) and its size; no name for untyped bytes.
struct NumberType {
  std::string_view name;
  std::int64_t bytes = 1;
};

/// A storage as a pickle names it: its bytes are the archive's record data/KEY.
struct PickledStorage {
  std::string_view key;
  NumberType type;
  std::int64_t values = 0;
};

/// A tensor as a pickle describes it; nothing of it has been held against its storage. `offset` and `strides` count
/// values.
struct PickledTensor {
  PickledStorage storage;
  NumberType type;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Reads the dictionary of tensors that a pickle of a state_dict holds, in its order.
///
/// Weights only: a pickle is a program of a stack machine, and this one has no operation that runs code. A name that it
/// asks for must be in a small table (OrderedDict, the functions that make tensors, the types of storages and numbers),
/// where each is data; any other is an error that names it. Names and keys are views into `pickle`. Throws
/// CheckpointError naming `file`, place and reason.
///
/// libtorch's own unpickler (torch/csrc/jit/serialization/unpickler.cpp) is not used, because it cannot read a
/// state_dict: it makes None of every collections.OrderedDict, and a state_dict is one. Operations:
/// https://docs.python.org/3/library/pickletools.html, protocols 2 to 5.
[[nodiscard]] std::vector<std::pair<std::string_view, PickledTensor>> read_pickled_tensors(
    const std::filesystem::path& file, std::span<const std::byte> pickle);

}  // namespace qualm::generators::local
