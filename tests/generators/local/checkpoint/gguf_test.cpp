#include "generators/local/checkpoint/gguf.h"

#include <catch2/catch.hpp>

#include "generators/local/checkpoint/error.h"
#include "tests/datasets/temporary_folder.h"
#include "tests/generators/local/checkpoint/gguf_bytes.h"

using namespace qualm::generators::local;
using qualm::datasets::message_of;
using qualm::datasets::TemporaryFolder;

namespace {

/// What is said of a file of these bytes; empty where it is read.
std::string refusal(const GgufBytes& file) {
  const TemporaryFolder folder;
  const auto path = folder.put("model.gguf", file.bytes());
  return message_of<CheckpointError>([&] { const GgufFile gguf(path); });
}

constexpr std::uint32_t f32 = 0, q4_k = 12;
constexpr std::uint64_t huge = ~std::uint64_t{0};

}  // namespace

TEST_CASE("a GGUF file's metadata and tensors are read") {
  const TemporaryFolder folder;
  GgufBytes file;
  file.header(2, 4).entry("a.number", 7U).entry("a.float", 0.5F).entry("a.text", "hello");
  file.string("a.list").number<std::uint32_t>(9).number<std::uint32_t>(8).number<std::uint64_t>(2).string("x").string(
      "");
  file.tensor("matrix", {4, 3}, f32, 0).tensor("k", {256, 2, 2}, q4_k, 64).data(64 + 4 * 144);
  const GgufFile gguf(folder.put("model.gguf", file.bytes()));
  REQUIRE(*gguf.find<std::int64_t>("a.number") == 7);
  REQUIRE(*gguf.find<double>("a.float") == 0.5);
  REQUIRE(*gguf.find<std::string>("a.text") == "hello");
  REQUIRE(*gguf.find<std::vector<std::string>>("a.list") == std::vector<std::string>{"x", ""});
  REQUIRE(gguf.find<std::string>("absent") == nullptr);
  REQUIRE_THROWS_AS(gguf.find<std::string>("a.number"), CheckpointError);
  const GgufTensor& matrix = gguf.tensors().at("matrix");
  REQUIRE(matrix.shape == std::vector<std::int64_t>{3, 4});
  REQUIRE(matrix.packed.rows == 3);
  REQUIRE(matrix.packed.columns == 4);
  REQUIRE(matrix.packed.data.size() == 48);
  const GgufTensor& folded = gguf.tensors().at("k");
  REQUIRE(folded.packed.rows == 4);
  REQUIRE(folded.packed.data.size() == 4 * 144);
}

TEST_CASE("a tensor's bytes outlive the reader") {
  const TemporaryFolder folder;
  qualm::quant::PackedTensor kept;
  {
    const GgufFile gguf(folder.put("model.gguf", GgufBytes().header(1, 0).tensor("t", {2}, f32, 0).data(8).bytes()));
    kept = gguf.tensors().at("t").packed;
  }
  REQUIRE(kept.data[7] == std::byte{1});
}

TEST_CASE("every cut of a GGUF file is refused") {
  GgufBytes file;
  file.header(1, 2).entry("general.architecture", "llama").entry("llama.block_count", 2U);
  file.tensor("t", {4, 3}, f32, 0).data(48);
  const TemporaryFolder folder;
  for (std::size_t size = 1; size < file.bytes().size(); ++size) {
    const auto path = folder.put("cut.gguf", file.bytes().substr(0, size));
    REQUIRE_THROWS_AS(GgufFile(path), CheckpointError);
  }
}

TEST_CASE("counts, lengths, sizes and offsets that lie are refused with place and reason") {
  using Catch::Contains;
  REQUIRE_THAT(refusal(GgufBytes().header(0, huge)), Contains("metadata entries do not fit"));
  REQUIRE_THAT(refusal(GgufBytes().header(huge, 0)), Contains("tensors do not fit"));
  REQUIRE_THAT(refusal(GgufBytes().header(0, 1).number(huge).data(64)), Contains("a name of"));
  REQUIRE_THAT(refusal(GgufBytes().header(0, 1).string("key").number<std::uint32_t>(8).number(huge)),
               Contains("metadata 'key'") && Contains("a string of"));
  for (const std::uint32_t element : {0U, 8U, 10U})
    REQUIRE_THAT(
        refusal(GgufBytes().header(0, 1).string("key").number<std::uint32_t>(9).number(element).number(huge / 2)),
        Contains("metadata 'key'") && Contains("an array of"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {huge}, f32, 0).data(64)), Contains("too large"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {1ULL << 40, 1ULL << 40}, f32, 0).data(64)),
               Contains("tensor 't'") && Contains("too large"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {1ULL << 62}, f32, 0).data(64)), Contains("too large"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {0, 4}, f32, 0).data(64)), Contains("no values"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {}, f32, 0).data(64)), Contains("0 dimensions"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {1, 1, 1, 1, 1}, f32, 0).data(64)),
               Contains("5 dimensions"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {16}, f32, 32).data(64)),
               Contains("tensor 't'") && Contains("64 bytes at offset 32"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {16}, f32, huge - 31).data(64)), Contains("at offset"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {4}, f32, 4).data(64)), Contains("alignment 32"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {100}, q4_k, 0).data(640)), Contains("whole Q4_K blocks"));
}

TEST_CASE("overlapping and repeated tensors and keys are refused") {
  using Catch::Contains;
  REQUIRE_THAT(refusal(GgufBytes().header(2, 0).tensor("a", {16}, f32, 0).tensor("b", {8}, f32, 32).data(64)),
               Contains("'a' and 'b' overlap"));
  REQUIRE_THAT(refusal(GgufBytes().header(2, 0).tensor("a", {8}, f32, 0).tensor("a", {8}, f32, 32).data(64)),
               Contains("twice"));
  REQUIRE_THAT(refusal(GgufBytes().header(0, 2).entry("k", 1U).entry("k", 2U)), Contains("twice"));
}

TEST_CASE("what is not supported is named") {
  using Catch::Contains;
  REQUIRE_THAT(refusal(GgufBytes().header(0, 0, 1)), Contains("version 1"));
  REQUIRE_THAT(refusal(GgufBytes().header(0, 0, 0x03000000)), Contains("big-endian"));
  REQUIRE_THAT(refusal(GgufBytes().number(0x12345678U).data(64)), Contains("not a GGUF file"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {256}, 10, 0).data(640)),
               Contains("type Q2_K") && Contains("Q6_K"));
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t", {256}, 999, 0).data(640)), Contains("type 999"));
  REQUIRE_THAT(refusal(GgufBytes().header(0, 1).string("k").number<std::uint32_t>(77).data(8)),
               Contains("value type 77"));
  REQUIRE_THAT(refusal(GgufBytes().header(0, 1).string("k").number<std::uint32_t>(9).number<std::uint32_t>(9).data(64)),
               Contains("array of arrays"));
  for (const std::uint32_t alignment : {0U, 3U, 1U << 30})
    REQUIRE_THAT(
        refusal(GgufBytes().header(1, 1).entry("general.alignment", alignment).tensor("t", {8}, f32, 0).data(64)),
        Contains("general.alignment"));
}

TEST_CASE("names from a file are printable in messages") {
  REQUIRE_THAT(refusal(GgufBytes().header(1, 0).tensor("t\x1b[2J", {0}, f32, 0).data(64)),
               Catch::Contains("'t\\x1b[2J'"));
}

TEST_CASE("what is no file is refused") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_WITH(GgufFile(folder.path("absent")), Catch::Contains("cannot be opened"));
  REQUIRE_THROWS_WITH(GgufFile(folder.put("empty", "")), Catch::Contains("is empty"));
  REQUIRE_THROWS_WITH(GgufFile(folder.path("")), Catch::Contains("not a regular file"));
}
