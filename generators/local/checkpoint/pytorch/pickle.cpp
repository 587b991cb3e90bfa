#include "generators/local/checkpoint/pytorch/pickle.h"

#include <bit>
#include <cstring>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/printable.h"
#include "generators/local/checkpoint/pytorch/pickle_value.h"

namespace qualm::generators::local {
namespace {

using pickle::Callable;
using pickle::Dictionary;
using pickle::None;
using pickle::Sequence;
using pickle::StorageClass;
using pickle::Value;

// A tensor takes some hundred bytes of a pickle; each byte can cost this reader some dozens.
constexpr std::size_t largest_pickle = 16U << 20U;

class Machine {
 public:
  Machine(const std::filesystem::path& file, std::span<const std::byte> program) : file_(file), program_(program) {}

  /// Runs the program and returns what it leaves.
  const Value& run() {
    if (program_.size() > largest_pickle)
      fail(fmt::format("has {} bytes, which is too much for names and shapes", program_.size()));
    while (true) {
      operation_ = position_;
      const auto code = static_cast<unsigned char>(take(1).front());
      constexpr unsigned char stop = '.';
      if (code == stop) return *pop();
      if (!run_value(code) && !run_container(code) && !run_object(code))
        fail(fmt::format("operation 0x{:02x} is not one that torch.save writes", code));
    }
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw CheckpointError(file_, fmt::format("its pickle, at byte {}: {}", operation_, reason));
  }

 private:
  // Reading the program.

  std::string_view take(std::uint64_t bytes) {
    if (bytes > program_.size() - position_) fail("it ends in the middle of an operation");
    const std::string_view taken(reinterpret_cast<const char*>(program_.data()) + position_, bytes);
    position_ += bytes;
    return taken;
  }

  /// A little-endian number of at most 8 bytes.
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    const std::string_view text = take(bytes);
    for (std::size_t i = 0; i < text.size(); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    return value;
  }

  std::int64_t signed_number(std::size_t bytes) {
    if (bytes == 0) return 0;
    if (bytes > sizeof(std::int64_t)) fail(fmt::format("an integer of {} bytes", bytes));
    const std::size_t unused = 8 * (sizeof(std::int64_t) - bytes);
    return static_cast<std::int64_t>(number(bytes) << unused) >> unused;
  }

  std::string_view line() {
    const std::string_view rest(reinterpret_cast<const char*>(program_.data()) + position_,
                                program_.size() - position_);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) fail("it ends in the middle of an operation");
    position_ += end + 1;
    return rest.substr(0, end);
  }

  // The stack.

  void push(Value value) { stack_.push_back(&values_.emplace_back(std::move(value))); }

  Value* pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("it takes from an empty stack");
    Value* const value = stack_.back();
    stack_.pop_back();
    return value;
  }

  Value& top() {
    Value* const value = pop();
    stack_.push_back(value);
    return *value;
  }

  std::vector<Value*> pop(std::size_t count) {
    std::vector<Value*> items(count);
    for (std::size_t i = count; i > 0; --i) items[i - 1] = pop();
    return items;
  }

  /// All above the last mark, which goes too.
  std::vector<Value*> pop_to_mark() {
    if (marks_.empty()) fail("it closes what was not opened");
    const std::size_t mark = marks_.back();
    marks_.pop_back();
    std::vector<Value*> items(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());
    stack_.resize(mark);
    return items;
  }

  template <typename T>
  const T& expect(const Value& value, const char* what) const {
    const T* const found = std::get_if<T>(&value.data);
    if (found == nullptr) fail(fmt::format("expected {}", what));
    return *found;
  }

  template <typename T>
  T& expect(Value& value, const char* what) const {
    return const_cast<T&>(expect<T>(std::as_const(value), what));
  }

  // Operations, by what they make. Each function returns false for a code that is not one of its own.

  bool run_value(unsigned char code) {
    switch (code) {
      case 'N': push({None{}}); return true;
      case 0x88: push({true}); return true;
      case 0x89: push({false}); return true;
      case 'J': push({signed_number(4)}); return true;
      case 'K': push({static_cast<std::int64_t>(number(1))}); return true;
      case 'M': push({static_cast<std::int64_t>(number(2))}); return true;
      case 0x8a: push({signed_number(number(1))}); return true;
      case 'G': push({real()}); return true;
      case 'X': push({take(number(4))}); return true;
      case 0x8c: push({take(number(1))}); return true;
      case 0x8d: push({take(number(8))}); return true;
      case 'U': push({take(number(1))}); return true;  // byte strings are Python 2's text
      case 'T': push({take(number(4))}); return true;
      default: return false;
    }
  }

  double real() {
    std::uint64_t bits = 0;
    for (const char byte : take(sizeof bits)) bits = bits << 8U | static_cast<unsigned char>(byte);
    return std::bit_cast<double>(bits);
  }

  bool run_container(unsigned char code) {
    switch (code) {
      case '(': marks_.push_back(stack_.size()); return true;
      case ')': push({Sequence{}}); return true;
      case 0x85: push({Sequence{pop(1)}}); return true;
      case 0x86: push({Sequence{pop(2)}}); return true;
      case 0x87: push({Sequence{pop(3)}}); return true;
      case 't': push({Sequence{pop_to_mark()}}); return true;
      case ']': push({Sequence{{}, true}}); return true;
      case 'a': append(pop(1)); return true;
      case 'e': append(pop_to_mark()); return true;
      case '}': push({Dictionary{}}); return true;
      case 's': set_items(pop(2)); return true;
      case 'u': set_items(pop_to_mark()); return true;
      default: return false;
    }
  }

  void append(const std::vector<Value*>& items) {
    auto& list = expect<Sequence>(top(), "a list to append to");
    if (!list.is_list) fail("expected a list to append to");
    list.items.insert(list.items.end(), items.begin(), items.end());
  }

  void set_items(const std::vector<Value*>& items) {
    auto& dictionary = expect<Dictionary>(top(), "a dictionary to put entries into");
    if (items.size() % 2 != 0) fail("a key without a value");
    for (std::size_t i = 0; i < items.size(); i += 2) dictionary.entries.emplace_back(items[i], items[i + 1]);
  }

  bool run_object(unsigned char code) {
    switch (code) {
      case 0x80: protocol(number(1)); return true;
      case 0x95: (void)number(8); return true;  // a frame is for readers of streams
      case 'q': memo_[number(1)] = &top(); return true;
      case 'r': memo_[number(4)] = &top(); return true;
      case 0x94: memo_[memo_.size()] = &top(); return true;
      case 'h': recall(number(1)); return true;
      case 'j': recall(number(4)); return true;
      case 'c': {
        const std::string_view module = line();
        push(global(module, line()));
        return true;
      }
      case 0x93: {
        const std::vector<Value*> names = pop(2);
        push(global(expect<std::string_view>(*names[0], "a module's name"),
                    expect<std::string_view>(*names[1], "a name")));
        return true;
      }
      case 'R': call(); return true;
      case 'b': build(); return true;
      case 'Q': push({storage(expect<Sequence>(*pop(), "a description of a storage"))}); return true;
      default: return false;
    }
  }

  void protocol(std::uint64_t version) const {
    if (version < 2 || version > 5) fail(fmt::format("pickle protocol {}; 2 to 5 are known", version));
  }

  void recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) fail("it recalls what it has not kept");
    stack_.push_back(found->second);
  }

  Value global(std::string_view module, std::string_view name) const {
    std::optional<Value> known = pickle::known_global(module, name);
    if (!known)
      fail(fmt::format("it asks for {}, which is not one of the names that tensors need; what it would do is not run",
                       printable(fmt::format("{}.{}", module, name))));
    return std::move(*known);
  }

  void call() {
    const std::vector<Value*> both = pop(2);
    const auto callable = expect<Callable>(*both[0], "something that can be called");
    const auto& arguments = expect<Sequence>(*both[1], "a tuple of arguments").items;
    try {
      push(pickle::called(callable, arguments));
    } catch (const std::invalid_argument& error) {
      fail(error.what());
    }
  }

  /// A state_dict carries versions of its modules as an attribute, which no weight depends on.
  void build() {
    (void)pop();
    (void)expect<Dictionary>(top(), "a dictionary to give attributes to");
  }

  PickledStorage storage(const Sequence& parts) const {
    // ("storage", class, key, device, number of values); on which device it was does not matter.
    constexpr std::size_t most = 5;
    if (parts.items.size() != most || expect<std::string_view>(*parts.items[0], "the word 'storage'") != "storage")
      fail("expected a description of a storage");
    return {.key = expect<std::string_view>(*parts.items[2], "a storage's key"),
            .type = expect<StorageClass>(*parts.items[1], "a storage's class").type,
            .values = expect<std::int64_t>(*parts.items[4], "a storage's size")};
  }

  const std::filesystem::path& file_;
  std::span<const std::byte> program_;
  std::size_t position_ = 0;
  std::size_t operation_ = 0;  ///< where the running one began
  std::deque<Value> values_;
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Value*> memo_;
};

}  // namespace

std::vector<std::pair<std::string_view, PickledTensor>> read_pickled_tensors(const std::filesystem::path& file,
                                                                             std::span<const std::byte> pickle) {
  Machine machine(file, pickle);
  const auto* const dictionary = std::get_if<Dictionary>(&machine.run().data);
  if (dictionary == nullptr) throw CheckpointError(file, "its pickle is not a dictionary of tensors (a state_dict)");
  std::vector<std::pair<std::string_view, PickledTensor>> tensors;
  for (const auto& [key, value] : dictionary->entries) {
    const auto* const name = std::get_if<std::string_view>(&key->data);
    if (name == nullptr) throw CheckpointError(file, "its pickle has a key that is not a string");
    const auto* const tensor = std::get_if<std::unique_ptr<PickledTensor>>(&value->data);
    if (tensor == nullptr)
      throw CheckpointError(file,
                            fmt::format("{} is not a tensor: save the model's state_dict itself", printable(*name)));
    tensors.emplace_back(*name, **tensor);
  }
  return tensors;
}

}  // namespace qualm::generators::local
