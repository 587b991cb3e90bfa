#include "generators/local/checkpoint/safetensors.h"

#include <catch2/catch.hpp>

#include "generators/local/checkpoint/error.h"
#include "tests/datasets/temporary_folder.h"

using namespace qualm::generators::local;
using qualm::datasets::message_of;
using qualm::datasets::TemporaryFolder;

namespace {

std::string file_of(const std::string& header, std::size_t data_size, std::uint64_t stated) {
  return std::string(reinterpret_cast<const char*>(&stated), sizeof stated) + header + std::string(data_size, '\x02');
}

std::string refusal(const std::string& header, std::size_t data_size) {
  const TemporaryFolder folder;
  const auto path = folder.put("model.safetensors", file_of(header, data_size, header.size()));
  return message_of<CheckpointError>([&] { (void)read_safetensors(path); });
}

}  // namespace

TEST_CASE("a safetensors file's tensors are read") {
  const TemporaryFolder folder;
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}  )";
  const StoredTensors tensors = read_safetensors(folder.put("m.safetensors", file_of(header, 32, header.size())));
  REQUIRE(tensors.size() == 2);
  REQUIRE(tensors.at("a").type == "F32");
  REQUIRE(tensors.at("a").shape == std::vector<std::int64_t>{2, 3});
  REQUIRE(tensors.at("b").data.size() == 8);
}

TEST_CASE("safetensors headers that lie are refused with place and reason") {
  using Catch::Contains;
  REQUIRE_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99]}})", 8),
               Contains("'a'") && Contains("0 to 99"));
  REQUIRE_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8), Contains("8 to 0"));
  REQUIRE_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[-1,8]}})", 8), Contains("data_offsets"));
  REQUIRE_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", 8), Contains("data_offsets"));
  REQUIRE_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})", 8), Contains("'shape'"));
  REQUIRE_THAT(refusal(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8), Contains("'dtype' is missing"));
  REQUIRE_THAT(refusal(R"({"a":[]})", 8), Contains("'a'"));
  REQUIRE_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 9), Contains("cover 8 of 9"));
  REQUIRE_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                       R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                       16),
               Contains("overlap"));
  REQUIRE_THAT(refusal("[]", 0), Contains("not a JSON object"));
  REQUIRE_THAT(refusal(R"({"a":)", 0), !Contains("terminate") && Contains("model.safetensors"));
  REQUIRE_THAT(refusal(std::string(100'000, '['), 0), Contains("model.safetensors"));
}

TEST_CASE("a safetensors header length beyond the file is refused") {
  const TemporaryFolder folder;
  for (const std::uint64_t stated : {std::uint64_t{3}, ~std::uint64_t{0}, std::uint64_t{1} << 40})
    REQUIRE_THROWS_AS(read_safetensors(folder.put("m.safetensors", file_of("{}", 0, stated))), CheckpointError);
  REQUIRE_THROWS_WITH(read_safetensors(folder.put("m.safetensors", "abc")), Catch::Contains("too short"));
}
