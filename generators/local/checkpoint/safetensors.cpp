#include "generators/local/checkpoint/safetensors.h"

#include <cstring>
#include <string_view>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/extents.h"
#include "generators/local/checkpoint/json_fields.h"
#include "generators/local/checkpoint/mapped_file.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {
namespace {

// Of real files the header is a few MB at most; the format's own library refuses more than this too.
constexpr std::uint64_t largest_header = 100'000'000;

std::uint64_t offset(const JsonFields& fields, const datasets::Json& value) {
  if (!value.is_number_integer() || value.is_number_float() || (value.is_number_integer() && value < 0))
    fields.fail("data_offsets are not two numbers");
  return value.get<std::uint64_t>();
}

}  // namespace

StoredTensors read_safetensors(const std::filesystem::path& file) {
  const auto mapping = MappedFile::open(file);
  const auto bytes = mapping->bytes();
  std::uint64_t header_size = 0;
  if (bytes.size() < sizeof header_size) throw CheckpointError(file, "is too short for a safetensors file");
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  if (header_size > largest_header || header_size > bytes.size() - sizeof header_size)
    throw CheckpointError(
        file, fmt::format("a header of {} bytes in a file of {}; the file is cut or no safetensors file", header_size,
                          bytes.size()));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + sizeof header_size, header_size);
  const auto data = bytes.subspan(sizeof header_size + header_size);
  const datasets::Json header = parse_checkpoint_json(file, text);
  if (!header.is_object()) throw CheckpointError(file, "the header is not a JSON object");

  StoredTensors tensors;
  std::vector<Extent> extents;
  std::uint64_t used = 0;
  for (const auto& [name, description] : header.items()) {
    if (name == "__metadata__") continue;
    const JsonFields fields(file, description, fmt::format("tensor {}", printable(name)));
    StoredTensor tensor;
    tensor.type = fields.string("dtype");
    tensor.shape = fields.integers("shape");
    const datasets::Json& offsets = fields.array("data_offsets");
    if (offsets.size() != 2) fields.fail("data_offsets are not two numbers");
    const std::uint64_t begin = offset(fields, offsets[0]);
    const std::uint64_t end = offset(fields, offsets[1]);
    if (begin > end || end > data.size())
      fields.fail(fmt::format("bytes {} to {} of tensor data that has {}; the file is cut or malformed", begin, end,
                              data.size()));
    tensor.data = data.subspan(begin, end - begin);
    tensor.owner = mapping;
    extents.push_back({name, begin, end - begin});
    used += end - begin;
    if (used > data.size()) fields.fail("the tensors overlap");
    if (!tensors.emplace(name, std::move(tensor)).second) fields.fail("the tensor is there twice");
  }
  refuse_overlap(file, std::move(extents));
  if (used != data.size())
    throw CheckpointError(file, fmt::format("the tensors cover {} of {} bytes of data", used, data.size()));
  return tensors;
}

}  // namespace qualm::generators::local
