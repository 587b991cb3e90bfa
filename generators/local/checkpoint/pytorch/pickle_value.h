#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "generators/local/checkpoint/pytorch/pickle.h"

namespace qualm::generators::local::pickle {

struct Value;

struct None {};

/// A list or a tuple.
struct Sequence {
  std::vector<Value*> items;
  bool is_list = false;
};

/// A dict or an OrderedDict: entries in the order in which they were set.
struct Dictionary {
  std::vector<std::pair<Value*, Value*>> entries;
};

/// What a pickle may call; each call makes data.
enum class Callable { ordered_dict, rebuild_tensor, rebuild_tensor_v2, rebuild_tensor_v3, rebuild_parameter };

/// torch.FloatStorage and its like.
struct StorageClass {
  NumberType type;
};

/// Values are owned by the machine that made them and may refer to each other in circles.
struct Value {
  std::variant<None, bool, std::int64_t, double, std::string_view, Sequence, Dictionary, Callable, StorageClass,
               NumberType, PickledStorage, std::unique_ptr<PickledTensor>>
      data;
};

/// What a pickle may ask for by the name MODULE.NAME; std::nullopt for anything else.
[[nodiscard]] std::optional<Value> known_global(std::string_view module, std::string_view name);

/// The tensor that a call of one of the rebuild functions with `arguments` makes. Throws std::invalid_argument with the
/// reason.
[[nodiscard]] Value called(Callable callable, const std::vector<Value*>& arguments);

}  // namespace qualm::generators::local::pickle
