#include "generators/local/checkpoint/pytorch/pickle_value.h"

#include <array>
#include <stdexcept>
#include <string>

namespace qualm::generators::local::pickle {
namespace {

struct NamedType {
  std::string_view name;
  NumberType type;
};

/// Classes of the module torch.
constexpr std::array storages = {
    NamedType{"DoubleStorage", {"F64", 8}},       NamedType{"FloatStorage", {"F32", 4}},
    NamedType{"HalfStorage", {"F16", 2}},         NamedType{"BFloat16Storage", {"BF16", 2}},
    NamedType{"LongStorage", {"I64", 8}},         NamedType{"IntStorage", {"I32", 4}},
    NamedType{"ShortStorage", {"I16", 2}},        NamedType{"CharStorage", {"I8", 1}},
    NamedType{"ByteStorage", {"U8", 1}},          NamedType{"BoolStorage", {"BOOL", 1}},
    NamedType{"ComplexFloatStorage", {"C64", 8}}, NamedType{"ComplexDoubleStorage", {"C128", 16}},
    NamedType{"UntypedStorage", {"", 1}}};

/// Number types of the module torch; those without a storage class of their own lie in an UntypedStorage.
constexpr std::array number_types = {NamedType{"float64", {"F64", 8}},
                                     NamedType{"float32", {"F32", 4}},
                                     NamedType{"float16", {"F16", 2}},
                                     NamedType{"bfloat16", {"BF16", 2}},
                                     NamedType{"int64", {"I64", 8}},
                                     NamedType{"int32", {"I32", 4}},
                                     NamedType{"int16", {"I16", 2}},
                                     NamedType{"int8", {"I8", 1}},
                                     NamedType{"uint8", {"U8", 1}},
                                     NamedType{"bool", {"BOOL", 1}},
                                     NamedType{"uint16", {"U16", 2}},
                                     NamedType{"uint32", {"U32", 4}},
                                     NamedType{"uint64", {"U64", 8}},
                                     NamedType{"float8_e4m3fn", {"F8_E4M3", 1}},
                                     NamedType{"float8_e5m2", {"F8_E5M2", 1}},
                                     NamedType{"float8_e4m3fnuz", {"F8_E4M3FNUZ", 1}},
                                     NamedType{"float8_e5m2fnuz", {"F8_E5M2FNUZ", 1}}};

struct NamedCallable {
  std::string_view module;
  std::string_view name;
  Callable callable;
};

constexpr std::array callables = {NamedCallable{"collections", "OrderedDict", Callable::ordered_dict},
                                  NamedCallable{"torch._utils", "_rebuild_tensor", Callable::rebuild_tensor},
                                  NamedCallable{"torch._utils", "_rebuild_tensor_v2", Callable::rebuild_tensor_v2},
                                  NamedCallable{"torch._utils", "_rebuild_tensor_v3", Callable::rebuild_tensor_v3},
                                  NamedCallable{"torch._utils", "_rebuild_parameter", Callable::rebuild_parameter}};

template <typename T>
const T& argument(const std::vector<Value*>& arguments, std::size_t index, const char* what) {
  const T* const found = index < arguments.size() ? std::get_if<T>(&arguments[index]->data) : nullptr;
  if (found == nullptr) throw std::invalid_argument(std::string("a tensor without ") + what);
  return *found;
}

std::vector<std::int64_t> integers(const Sequence& sequence, const char* what) {
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < sequence.items.size(); ++i)
    numbers.push_back(argument<std::int64_t>(sequence.items, i, what));
  return numbers;
}

Value rebuilt_tensor(Callable callable, const std::vector<Value*>& arguments) {
  auto tensor = std::make_unique<PickledTensor>();
  tensor->storage = argument<PickledStorage>(arguments, 0, "a storage");
  tensor->offset = argument<std::int64_t>(arguments, 1, "an offset");
  tensor->shape = integers(argument<Sequence>(arguments, 2, "a shape"), "a shape of integers");
  tensor->strides = integers(argument<Sequence>(arguments, 3, "strides"), "strides of integers");
  constexpr std::size_t place_of_type = 6;
  tensor->type = callable == Callable::rebuild_tensor_v3 ? argument<NumberType>(arguments, place_of_type, "a type")
                                                         : tensor->storage.type;
  if (tensor->type.name.empty()) throw std::invalid_argument("a tensor without a type of numbers");
  return {std::move(tensor)};
}

/// A dictionary of pairs, as Python 2's pickles give it to OrderedDict.
Value ordered_dictionary(const std::vector<Value*>& arguments) {
  Dictionary dictionary;
  if (arguments.size() > 1) throw std::invalid_argument("an OrderedDict of more than one argument");
  if (arguments.empty()) return {std::move(dictionary)};
  const auto* const pairs = std::get_if<Sequence>(&arguments.front()->data);
  if (pairs == nullptr) throw std::invalid_argument("an OrderedDict of something else than a list of pairs");
  for (const Value* item : pairs->items) {
    const auto* const pair = std::get_if<Sequence>(&item->data);
    if (pair == nullptr || pair->items.size() != 2)
      throw std::invalid_argument("an OrderedDict of something else than a list of pairs");
    dictionary.entries.emplace_back(pair->items[0], pair->items[1]);
  }
  return {std::move(dictionary)};
}

}  // namespace

std::optional<Value> known_global(std::string_view module, std::string_view name) {
  for (const NamedCallable& known : callables)
    if (known.module == module && known.name == name) return Value{known.callable};
  if (module == "torch" || module == "torch.storage")
    for (const NamedType& known : storages)
      if (known.name == name) return Value{StorageClass{known.type}};
  if (module == "torch")
    for (const NamedType& known : number_types)
      if (known.name == name) return Value{known.type};
  return std::nullopt;
}

Value called(Callable callable, const std::vector<Value*>& arguments) {
  switch (callable) {
    case Callable::ordered_dict: return ordered_dictionary(arguments);
    case Callable::rebuild_parameter:
      return {std::make_unique<PickledTensor>(*argument<std::unique_ptr<PickledTensor>>(arguments, 0, "its values"))};
    case Callable::rebuild_tensor:
    case Callable::rebuild_tensor_v2:
    case Callable::rebuild_tensor_v3: return rebuilt_tensor(callable, arguments);
  }
  throw std::logic_error("a callable that is in no table");
}

}  // namespace qualm::generators::local::pickle
