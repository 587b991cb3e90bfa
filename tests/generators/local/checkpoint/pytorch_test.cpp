#include <catch2/catch.hpp>

#include "datasets/json_document.h"
#include "generators/local/checkpoint/checkpoint.h"
#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/pytorch.h"
#include "generators/local/checkpoint/pytorch/pickle.h"
#include "tests/datasets/temporary_folder.h"
#include "tests/generators/local/checkpoint/zip_file.h"

using namespace qualm::generators::local;
using Catch::Contains;
using qualm::datasets::bytes_of;
using qualm::datasets::TemporaryFolder;

namespace {

const std::filesystem::path golden = std::filesystem::path(QUALM_SOURCE_DIR) / "tests/golden";

std::string unicode(std::string_view text) {
  return std::string("X") + static_cast<char>(text.size()) + std::string(3, '\0') + std::string(text);
}

/// A number of at most 2^31 - 1 as a pickle has it.
std::string integer(std::int32_t value) {
  return "J" + std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string tuple(const std::vector<std::int32_t>& values) {
  std::string text = "(";
  for (const std::int32_t value : values) text += integer(value);
  return text + "t";
}

struct OneTensor {
  std::string storage_class = "FloatStorage";
  std::string key = "0";
  std::int32_t values = 6;
  std::int32_t offset = 0;
  std::vector<std::int32_t> shape{2, 3};
  std::vector<std::int32_t> strides{3, 1};
};

/// The pickle of {"w": a tensor}.
std::string pickle_of(const OneTensor& tensor) {
  return "\x80\x02}" + unicode("w") + "ctorch._utils\n_rebuild_tensor_v2\n((" + unicode("storage") + "ctorch\n" +
         tensor.storage_class + "\n" + unicode(tensor.key) + unicode("cpu") + integer(tensor.values) + "tQ" +
         integer(tensor.offset) + tuple(tensor.shape) + tuple(tensor.strides) + "\x89" +
         "ccollections\nOrderedDict\n)RtRs.";
}

std::vector<std::pair<std::string_view, PickledTensor>> unpickle(std::string_view text) {
  return read_pickled_tensors("F", std::as_bytes(std::span(text)));
}

}  // namespace

TEST_CASE("what torch.save wrote is read, whatever types, views and sharing it has") {
  for (const char* name : {"types", "views", "module", "protocol-4"}) {
    INFO(name);
    const auto expected = qualm::datasets::read_json(golden / "pytorch" / (std::string(name) + ".expected.json"));
    const StoredTensors tensors = read_pytorch(golden / "pytorch" / (std::string(name) + ".bin"));
    REQUIRE(tensors.size() == expected.size());
    for (const auto& [key, wanted] : expected.items()) {
      INFO(key);
      const StoredTensor& tensor = tensors.at(key);
      CHECK(tensor.type == wanted.at("type"));
      CHECK(tensor.shape == wanted.at("shape").get<std::vector<std::int64_t>>());
      std::string hexadecimal;
      for (const std::byte byte : tensor.data) hexadecimal += fmt::format("{:02x}", std::to_integer<int>(byte));
      CHECK(hexadecimal == wanted.at("bytes"));
    }
  }
}

TEST_CASE("tensors that share a storage share their bytes here too") {
  const StoredTensors tensors = read_pytorch(golden / "pytorch/views.bin");
  REQUIRE(tensors.at("whole").data.data() == tensors.at("tied").data.data());
  REQUIRE(tensors.at("rows").data.data() == tensors.at("whole").data.data() + 6 * sizeof(float));
  REQUIRE(tensors.at("transposed").data.data() == tensors.at("transposed again").data.data());
}

TEST_CASE("a model as sharded .bin files has the very weights of its safetensors") {
  const auto bin = open_checkpoint(golden / "models/hf-llama-sharded-bin");
  const auto safetensors = open_checkpoint(golden / "models/hf-llama-sharded");
  REQUIRE(bin->format() == "pytorch");
  REQUIRE(bin->files().size() == 3);
  REQUIRE(bin->names() == safetensors->names());
  for (const std::string& name : bin->names()) {
    INFO(name);
    const auto *one = bin->find(name), *other = safetensors->find(name);
    REQUIRE(one->type == other->type);
    REQUIRE(std::pair(one->rows, one->columns) == std::pair(other->rows, other->columns));
    REQUIRE(std::equal(one->data.begin(), one->data.end(), other->data.begin(), other->data.end()));
  }
}

TEST_CASE("what is no state_dict is refused with what it is") {
  const auto refused = [](const char* name, const char* reason) {
    REQUIRE_THROWS_WITH(read_pytorch(golden / "pytorch" / name), Contains(name) && Contains(reason));
  };
  refused("before-1.6.bin", "format from before version 1.6");
  refused("checkpoint-of-training.bin", "'state_dict' is not a tensor");
  refused("whole-module.bin", "'torch.nn.modules.linear.Linear'");
  refused("torchscript.bin", "TorchScript");
  REQUIRE_THROWS_WITH(read_pytorch(golden / "models/llama-q4_0.gguf"), Contains("no zip archive"));
}

TEST_CASE("a pickle that asks for code is refused by the name of what it asks for, and nothing runs") {
  REQUIRE_THROWS_WITH(unpickle("\x80\x02"
                               "cos\nsystem\n" +
                               unicode("touch /tmp/qualm-was-here") + "\x85R."),
                      Contains("'os.system'") && Contains("byte 2"));
  REQUIRE_THROWS_WITH(unpickle("\x80\x04" + unicode("builtins") + unicode("eval") + "\x93" + unicode("1") + "\x85R."),
                      Contains("'builtins.eval'"));
  REQUIRE_THROWS_WITH(unpickle("\x80\x02"
                               "ctorch\nload\n."),
                      Contains("'torch.load'"));
  REQUIRE_THROWS_WITH(unpickle("\x80\x02"
                               "ccollections\nOrderedDict.fromkeys\n."),
                      Contains("'collections.OrderedDict.fromkeys'"));
  REQUIRE_THROWS_WITH(unpickle("\x80\x02"
                               "c__builtin__\n\x1b[31m\n."),
                      Contains("\\x1b"));
  // An object made by a class's __new__, extensions, a persistent id in text: not of a state_dict.
  for (const char* code : {"\x81", "\x92", "\x82\x01", "P0\n", "i__main__\nX\n", "o"})
    REQUIRE_THROWS_WITH(unpickle(std::string("\x80\x02)))") + code + "."),
                        Contains("is not one that torch.save writes"));
}

TEST_CASE("a pickle that breaks the rules of its machine is refused") {
  const auto refused = [](const std::string& program, const char* reason) {
    INFO(program);
    REQUIRE_THROWS_WITH(unpickle("\x80\x02" + program), Contains(reason));
  };
  refused("", "ends in the middle");
  refused("}", "ends in the middle");
  refused(".", "empty stack");
  refused("(}", "ends in the middle");
  refused("}(.", "empty stack");
  refused("e.", "closes what was not opened");
  refused("h\x01.", "recalls what it has not kept");
  refused(
      "X\xff\xff\xff\xff"
      "a.",
      "ends in the middle");
  refused("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "ends in the middle");
  refused(
      "\x8a\x09"
      "123456789.",
      "an integer of 9 bytes");
  refused("}NNs.", "key that is not a string");
  refused("}" + unicode("w") + "Ns.", "'w' is not a tensor");
  refused("}(Nu.", "a key without a value");
  refused("]NNs.", "a dictionary to put entries into");
  refused(")Na.", "a list to append to");
  refused("N)R.", "something that can be called");
  refused("ccollections\nOrderedDict\nNR.", "a tuple of arguments");
  refused("ctorch._utils\n_rebuild_tensor_v2\n)R.", "a tensor without a storage");
  refused("NNb.", "a dictionary to give attributes to");
  refused(")Q.", "a description of a storage");
  refused("N.", "not a dictionary of tensors");
  refused("ccollections", "ends in the middle");
  REQUIRE_THROWS_WITH(unpickle("\x80\x01}."), Contains("protocol 1"));
  REQUIRE_THROWS_WITH(unpickle(std::string((16U << 20U) + 1, 'N')), Contains("too much"));
  // A list that holds itself is no endless loop and no leak.
  refused(
      "]q\x01h\x01"
      "a.",
      "not a dictionary of tensors");
  REQUIRE(unpickle("\x80\x02}.").empty());
}

TEST_CASE("a tensor that does not lie within its storage is refused") {
  const TemporaryFolder folder;
  const auto file = folder.path("pytorch_model.bin");
  const auto read = [&](const OneTensor& tensor, std::size_t bytes = 24) {
    write_zip(file, {{"archive/data.pkl", pickle_of(tensor)}, {"archive/data/0", std::string(bytes, '\1')}});
    return read_pytorch(file);
  };
  REQUIRE(read({}).at("w").data.size() == 24);
  const auto refused = [&](const OneTensor& tensor, const char* reason, std::size_t bytes = 24) {
    REQUIRE_THROWS_WITH(read(tensor, bytes), Contains("tensor 'w'") && Contains(reason));
  };
  refused({.shape = {2, 4}}, "reach beyond the 6 values");
  refused({.offset = 1}, "reach beyond the 5 values");
  refused({.offset = 7}, "begins at value 7");
  refused({.offset = -1}, "begins at value -1");
  refused({.shape = {1000, 1000}, .strides = {0, 0}}, "reach beyond");
  refused({.strides = {-1, 1}}, "negative");
  refused({.shape = {-2, 3}}, "negative");
  refused({.strides = {1}}, "2 dimensions and 1 strides");
  refused({.shape = std::vector<std::int32_t>(5, 2147483647), .strides = std::vector<std::int32_t>(5, 2147483647)},
          "too large");
  refused({.shape = {2, 2}, .strides = {2147483647, 2147483647}}, "reach beyond");
  refused({.values = 7}, "should have 7 values of 4 bytes and has 24 bytes");
  refused({.values = -1}, "should have -1 values");
  refused({}, "should have 6 values of 4 bytes and has 23 bytes", 23);
  REQUIRE_THROWS_WITH(read({.storage_class = "UntypedStorage", .values = 24}), Contains("without a type"));
}

TEST_CASE("an archive that lies is refused") {
  const TemporaryFolder folder;
  const auto file = folder.path("pytorch_model.bin");
  const std::string storage(24, '\1');
  const auto refused = [&](const std::vector<ZipRecord>& records, const char* reason, const ZipFaults& faults = {}) {
    write_zip(file, records, faults);
    REQUIRE_THROWS_WITH(read_pytorch(file), Contains("pytorch_model.bin") && Contains(reason));
  };
  const std::string pickle = pickle_of({});
  refused({{"a/data.pkl", pickle}}, "storage 'data/0' is not in it");
  refused({{"a/other", pickle}}, "no data.pkl");
  refused({{"data.pkl", pickle}}, "no data.pkl");
  refused({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}}, "two data.pkl");
  refused({{"a/data.pkl", pickle}, {"b/data/0", storage}}, "storage 'data/0' is not in it");
  refused({{"a/data.pkl", pickle}, {"a/data/0", storage}, {"a/data/0", storage}}, "is there twice");
  refused({{"a/data.pkl", pickle}, {"a/data/0", storage}, {"a/byteorder", "big"}}, "byte order is 'big'");
  const std::vector<ZipRecord> whole{{"a/data.pkl", pickle}, {"a/data/0", storage}};
  refused(whole, "compressed", {.method = 8});
  refused(whole, "encrypted", {.flags = 1});
  refused(whole, "is not 'a/data.pkl'", {.own_name = "other"});
  refused(whole, "do not lie within", {.more_size = 1000});
  refused(whole, "do not lie within", {.more_size = 1ULL << 40U});
  refused(whole, "do not lie within", {.more_size = ~0ULL - 24});
  refused(whole, "cut or no zip archive", {.more_entries = 1});
  refused(whole, "cut or no zip archive", {.more_entries = ~0ULL - 2});
  refused(whole, "cut or no zip archive", {.more_begin = 8});
  refused(whole, "do not lie within", {.more_begin = 1ULL << 40U});
}

TEST_CASE("an archive of more than 4 GiB is read beyond them") {
  const TemporaryFolder folder;
  const auto file = folder.path("pytorch_model.bin");
  const std::string pickle = pickle_of({.key = "1"});
  const std::uint64_t size = (4ULL << 30U) + 4096;
  write_zip(file, {{"a/data.pkl", pickle}, {"a/data/0", "", size}, {"a/data/1", std::string(24, '\7')}});
  const StoredTensors tensors = read_pytorch(file);
  REQUIRE(tensors.at("w").data.size() == 24);
  REQUIRE(tensors.at("w").data.front() == std::byte{7});
  // And a tensor of more than that itself, as a matrix of bytes.
  std::string large =
      pickle_of({.storage_class = "ByteStorage", .values = 77, .shape = {4097, 1 << 20}, .strides = {1 << 20, 1}});
  large.replace(large.find(integer(77)), 5, "\x8a\x06" + std::string(reinterpret_cast<const char*>(&size), 6));
  write_zip(file, {{"a/data.pkl", large}, {"a/data/0", "", size}});
  REQUIRE_THROWS_WITH(read_pytorch(file), Contains("reach beyond the 4294971392 values"));
  large = pickle_of({.storage_class = "ByteStorage", .values = 77, .shape = {4096, 1 << 20}, .strides = {1 << 20, 1}});
  large.replace(large.find(integer(77)), 5, "\x8a\x06" + std::string(reinterpret_cast<const char*>(&size), 6));
  write_zip(file, {{"a/data.pkl", large}, {"a/data/0", "", size}});
  REQUIRE(read_pytorch(file).at("w").data.size() == 4ULL << 30U);
}

TEST_CASE("a .bin cut at any place is refused") {
  const TemporaryFolder folder;
  const std::string whole = bytes_of(golden / "pytorch/views.bin");
  for (std::size_t size = 0; size < whole.size(); size += size < 200 || size + 200 > whole.size() ? 1 : 37) {
    INFO(size);
    REQUIRE_THROWS_AS(read_pytorch(folder.put("m.bin", whole.substr(0, size))), CheckpointError);
  }
}

TEST_CASE("a .bin with any byte changed is read or refused") {
  const TemporaryFolder folder;
  const std::string whole = bytes_of(golden / "pytorch/module.bin");
  int read = 0;
  for (std::size_t place = 0; place < whole.size(); place += 3) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 0xff);
    try {
      volatile unsigned char last = 0;
      for (const auto& [name, tensor] : read_pytorch(folder.put("m.bin", changed)))
        if (!tensor.data.empty()) last = static_cast<unsigned char>(tensor.data.back());
      (void)last;
      ++read;
    } catch (const CheckpointError&) {
      continue;
    }
  }
  REQUIRE(read > 0);  // weights themselves have no checksum
}
