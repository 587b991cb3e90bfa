#include "datasets/gzip.h"

#include <catch2/catch.hpp>

#include "datasets/input_error.h"
#include "tests/datasets/temporary_folder.h"

using namespace qualm::datasets;
using Catch::Matchers::Contains;

namespace {

std::string unpacking_error(const std::string& packed) {
  return message_of<InputError>([&] { (void)gzip_decompress(packed, "F.json.gz"); });
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * i) + (i % 7 == 0 ? "\n" : std::string(1, '\0'));
  return text;
}

}  // namespace

TEST_CASE("what is packed comes back, and equal contents give equal bytes") {
  for (const std::string& text : {std::string(), std::string("a"), sample(), std::string(std::size_t{1} << 20, 'x')}) {
    CHECK(gzip_decompress(gzip_compress(text), "F") == text);
    CHECK(gzip_compress(text) == gzip_compress(text));
  }
}

TEST_CASE("several members are one text, and zeros behind the last are padding") {
  const std::string two = gzip_compress("one ") + gzip_compress("two");
  CHECK(gzip_decompress(two, "F") == "one two");
  CHECK(gzip_decompress(two + std::string(512, '\0'), "F") == "one two");
}

TEST_CASE("a gzip file cut at any byte is an error that names the file and the byte") {
  const std::string packed = gzip_compress(sample());
  for (std::size_t length = 0; length < packed.size(); length += 1 + length / 9) {
    CAPTURE(length);
    CHECK(unpacking_error(packed.substr(0, length)) ==
          "F.json.gz: gzip: the file is cut off at byte " + std::to_string(length));
  }
}

TEST_CASE("a damaged gzip file is an error, whichever byte is damaged") {
  const std::string packed = gzip_compress(sample());
  for (std::size_t i = 0; i < packed.size(); i += 1 + packed.size() / 300) {
    if (i == 4 || i == 5 || i == 6 || i == 7 || i == 8 || i == 9) continue;  // time, level and system say nothing
    CAPTURE(i);
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    CHECK_THAT(unpacking_error(damaged), Contains("F.json.gz: gzip: "));
  }
  CHECK_THAT(unpacking_error(packed + "rest"), Contains("damaged at byte"));
}

TEST_CASE("a file that unpacks to more than the limit is refused") {
  // Each member of 256 MiB of zeros packs to 256 kB.
  const std::string member = gzip_compress(std::string(std::size_t{256} << 20, '\0'));
  CHECK_THAT(unpacking_error(member + member + member + member + member), Contains("unpacks to more than 1024 MiB"));
}
