#include "generators/local/checkpoint/pytorch.h"

#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/printable.h"
#include "generators/local/checkpoint/pytorch/pickle.h"
#include "generators/local/checkpoint/pytorch/zip_archive.h"

namespace qualm::generators::local {
namespace {

using std::filesystem::path;
using Bytes = std::span<const std::byte>;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Before version 1.6 (2020) torch.save wrote one pickle after another, the first of which is a long magic number.
void refuse_other_formats(const path& file) {
  constexpr std::string_view zip = "PK\3\4", pickle = "\x80";
  const auto mapping = MappedFile::open(file);
  const std::string_view text = text_of(mapping->bytes());
  if (text.starts_with(pickle))
    throw CheckpointError(file,
                          "is in PyTorch's format from before version 1.6; load it with PyTorch (torch.load with "
                          "weights_only=True) and save it again, or convert it to safetensors");
  if (!text.starts_with(zip)) throw CheckpointError(file, "is not a file of torch.save: it is no zip archive");
}

/// The records of one archive lie in a folder of its own name.
class Records {
 public:
  Records(const path& file, const ZipArchive& archive) : file_(file), archive_(archive) {
    constexpr std::string_view pickle = "/data.pkl";
    for (const std::string& name : archive.names()) {
      if (!name.ends_with(pickle) || name.find('/') != name.size() - pickle.size()) continue;
      if (!folder_.empty()) throw CheckpointError(file, "has two data.pkl");
      folder_ = name.substr(0, name.size() - pickle.size() + 1);
    }
    if (folder_.empty()) throw CheckpointError(file, "is not a file of torch.save: it has no data.pkl");
    if (find("constants.pkl")) throw CheckpointError(file, "is a TorchScript program, not a state_dict");
    if (const auto order = find("byteorder"); order && text_of(*order) != "little")
      throw CheckpointError(file, fmt::format("its byte order is {}; little is supported", printable(text_of(*order))));
  }

  [[nodiscard]] std::optional<Bytes> find(const std::string& name) const { return archive_.find(folder_ + name); }

  [[nodiscard]] Bytes storage(std::string_view key) const {
    const std::string name = "data/" + std::string(key);
    const auto found = find(name);
    if (!found) throw CheckpointError(file_, fmt::format("storage {} is not in it", printable(name)));
    return *found;
  }

 private:
  const path& file_;
  const ZipArchive& archive_;
  std::string folder_;
};

class Tensors {
 public:
  Tensors(const path& file, const ZipArchive& archive)
      : file_(file), mapping_(archive.mapping()), records_(file, archive), copies_left_(mapping_->bytes().size()) {}

  [[nodiscard]] StoredTensors read() {
    StoredTensors all;
    for (const auto& [name, tensor] : read_pickled_tensors(file_, *records_.find("data.pkl"))) {
      name_ = name;
      StoredTensor stored{.type = std::string(tensor.type.name), .shape = tensor.shape, .data = {}, .owner = mapping_};
      place(tensor, stored);
      if (!all.emplace(name, std::move(stored)).second) fail("is there twice");
    }
    return all;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw CheckpointError(file_, fmt::format("tensor {}: {}", printable(name_), reason));
  }

  /// The values of a storage from `offset` on, which a record of the archive must hold.
  [[nodiscard]] Bytes values_from(const PickledTensor& tensor) const {
    const Bytes bytes = records_.storage(tensor.storage.key);
    std::int64_t size = 0;
    if (tensor.storage.values < 0 || __builtin_mul_overflow(tensor.storage.values, tensor.storage.type.bytes, &size) ||
        static_cast<std::uint64_t>(size) != bytes.size())
      fail(fmt::format("its storage should have {} values of {} bytes and has {} bytes", tensor.storage.values,
                       tensor.storage.type.bytes, bytes.size()));
    std::int64_t begin = 0;
    if (tensor.offset < 0 || __builtin_mul_overflow(tensor.offset, tensor.type.bytes, &begin) || begin > size)
      fail(fmt::format("it begins at value {} of a storage of {} bytes", tensor.offset, size));
    return bytes.subspan(static_cast<std::size_t>(begin));
  }

  /// Finds the bytes of `tensor`, in the file where they lie there in order, else in a copy.
  void place(const PickledTensor& tensor, StoredTensor& stored) {
    if (tensor.shape.size() != tensor.strides.size())
      fail(fmt::format("{} dimensions and {} strides", tensor.shape.size(), tensor.strides.size()));
    const Bytes values = values_from(tensor);
    const auto available = static_cast<std::int64_t>(values.size()) / tensor.type.bytes;
    std::int64_t count = 1;
    for (const std::int64_t dimension : tensor.shape)
      if (dimension < 0 || __builtin_mul_overflow(count, dimension, &count)) fail("its shape is negative or too large");
    if (count == 0) return;
    bool is_in_order = true;
    std::int64_t last = 0;
    std::int64_t inner = 1;
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
      if (tensor.shape[i] == 1) continue;
      std::int64_t reach = 0;
      if (tensor.strides[i] < 0 || __builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach) ||
          __builtin_add_overflow(last, reach, &last))
        fail("a stride is negative or too large");
      is_in_order = is_in_order && tensor.strides[i] == inner;
      inner *= tensor.shape[i];  // at most count
    }
    // Strides of 0 or that overlap could make a huge tensor of a small storage.
    if (last >= available || count > available)
      fail(fmt::format("its shape and strides reach beyond the {} values of its storage", available));
    if (is_in_order)
      stored.data = values.first(static_cast<std::size_t>(count * tensor.type.bytes));
    else
      copy(tensor, values, count, stored);
  }

  void copy(const PickledTensor& tensor, Bytes values, std::int64_t count, StoredTensor& stored) {
    const auto size = static_cast<std::size_t>(tensor.type.bytes);
    auto& made = copies_[{values.data(), size, tensor.shape, tensor.strides}];
    if (!made) {
      const std::size_t bytes = static_cast<std::size_t>(count) * size;
      // What shares a storage is made once; a file that asks for more than it holds is not a model.
      if (bytes > copies_left_) fail("its copy in order, with those of others, takes more than the whole file");
      copies_left_ -= bytes;
      made = std::make_shared<std::vector<std::byte>>(bytes);
      std::vector<std::int64_t> index(tensor.shape.size());
      std::int64_t from = 0;
      for (std::byte* to = made->data(); to != made->data() + bytes; to += size) {
        std::memcpy(to, values.data() + static_cast<std::size_t>(from) * size, size);
        for (std::size_t i = index.size(); i-- > 0;) {
          from += tensor.strides[i];
          if (++index[i] < tensor.shape[i]) break;
          from -= index[i] * tensor.strides[i];
          index[i] = 0;
        }
      }
    }
    stored.data = *made;
    stored.owner = made;
  }

  const path& file_;
  std::shared_ptr<const MappedFile> mapping_;
  Records records_;
  std::string_view name_;
  std::size_t copies_left_;
  /// By place, size of a value, shape and strides.
  std::map<std::tuple<const std::byte*, std::size_t, std::vector<std::int64_t>, std::vector<std::int64_t>>,
           std::shared_ptr<std::vector<std::byte>>>
      copies_;
};

}  // namespace

StoredTensors read_pytorch(const path& file) {
  refuse_other_formats(file);
  const ZipArchive archive(file);
  return Tensors(file, archive).read();
}

}  // namespace qualm::generators::local
