#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "quant/decode_strided.h"
#include "quant/float/decode.h"
#include "quant/k_blocks/decode.h"
#include "quant/legacy_blocks/decode.h"
#include "quant/linear.h"
#include "tests/quant/plain_decoder.h"
#include "tests/quant/random_tensor.h"

namespace quant = qualm::quant;
using namespace qualm::quant::test;
using quant::Type;

namespace {

std::vector<float> decode_block(Type type, std::span<const std::byte> block) {
  std::vector<float> out(static_cast<std::size_t>(quant::info(type).block_values));
  quant::decode_row({.type = type, .rows = 1, .columns = quant::info(type).block_values, .data = block, .owner = {}}, 0,
                    out);
  return out;
}

// The number of weights of `block` that are not the plain decoder's, rounded once to float.
int differences(Type type, std::span<const std::byte> block) {
  const std::vector<double> expected = plain_decode(type, block);
  const std::vector<float> actual = decode_block(type, block);
  REQUIRE(actual.size() == expected.size());
  int count = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const auto rounded = static_cast<float>(expected[i]);
    const bool same = std::isnan(rounded) ? std::isnan(actual[i]) : rounded == actual[i];
    if (same) continue;
    if (count++ == 0)
      UNSCOPED_INFO(quant::info(type).name << " weight " << i << ": " << actual[i] << " for " << rounded);
  }
  return count;
}

}  // namespace

TEST_CASE("every 16-bit number of f16 and bf16 decodes to its value", "[quant][decode]") {
  for (const Type type : {Type::f16, Type::bf16}) {
    int wrong = 0;
    for (unsigned bits = 0; bits < 65536; ++bits) {
      const std::array block = {static_cast<std::byte>(bits % 256), static_cast<std::byte>(bits / 256)};
      wrong += differences(type, block);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("every byte at every place of a block decodes as the layout says", "[quant][decode]") {
  // Each byte of a block runs through all its values while the others are random: every code of every weight, every
  // sub-block scale, and every half of a binary16 scale (infinities and NaN among them) is met.
  std::mt19937 random(7);
  for (const Type type : all_types) {
    int wrong = 0;
    std::vector<std::byte> block(static_cast<std::size_t>(quant::info(type).block_bytes));
    for (std::size_t at = 0; at < block.size(); ++at) {
      for (std::byte& byte : block) byte = static_cast<std::byte>(random() % 256);
      give_plain_scales(type, block, random);
      for (unsigned value = 0; value < 256; ++value) {
        block[at] = static_cast<std::byte>(value);
        wrong += differences(type, block);
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("every binary16 scale is met in every quantized type", "[quant][decode]") {
  std::mt19937 random(8);
  for (const Type type : all_types) {
    if (quant::info(type).block_values == 1) continue;
    const std::size_t at = type == Type::q6_k ? 208 : 0;
    std::vector<std::byte> block(static_cast<std::size_t>(quant::info(type).block_bytes));
    for (std::byte& byte : block) byte = static_cast<std::byte>(random() % 256);
    give_plain_scales(type, block, random);
    int wrong = 0;
    for (unsigned bits = 0; bits < 65536; bits += 7) {
      block[at] = static_cast<std::byte>(bits % 256);
      block[at + 1] = static_cast<std::byte>(bits / 256);
      wrong += differences(type, block);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a row is decoded from any address", "[quant][decode]") {
  for (const Type type : all_types) {
    const std::int64_t columns = 3 * quant::info(type).block_values;
    const quant::PackedTensor tensor = random_tensor(type, 3, columns, 11, 1);
    const auto block_bytes = static_cast<std::size_t>(quant::info(type).block_bytes);
    std::vector<float> row(static_cast<std::size_t>(columns));
    for (std::int64_t r = 0; r < 3; ++r) {
      quant::decode_row(tensor, r, row);
      std::vector<float> expected;
      for (std::size_t b = 0; b < 3; ++b) {
        for (const double value : plain_decode(
                 type, tensor.data.subspan((static_cast<std::size_t>(r) * 3 + b) * block_bytes, block_bytes))) {
          expected.push_back(static_cast<float>(value));
        }
      }
      CHECK(row == expected);
    }
  }
}

TEST_CASE("what CUDA's threads decode together is the whole matrix, in every type") {
  const auto check = [&]<class Format>(const Format&) {
    const quant::PackedTensor tensor = random_tensor(Format::type, 5, 3 * Format::block_values, 17);
    std::vector<float> expected(static_cast<std::size_t>(tensor.rows * tensor.columns));
    for (std::int64_t row = 0; row < tensor.rows; ++row)
      quant::decode_row(tensor, row,
                        std::span(expected).subspan(static_cast<std::size_t>(row * tensor.columns),
                                                    static_cast<std::size_t>(tensor.columns)));
    // Fewer threads than weights, as many, more.
    for (const std::int64_t threads :
         {std::int64_t{1}, std::int64_t{7}, tensor.rows * tensor.columns, tensor.rows * tensor.columns + 100}) {
      std::vector<float> actual(expected.size(), std::nanf(""));
      std::size_t written = 0;
      for (std::int64_t thread = 0; thread < threads; ++thread)
        quant::decode_strided<Format>(reinterpret_cast<const typename Format::Block*>(tensor.data.data()),
                                      tensor.rows * tensor.columns, thread, threads, [&](std::int64_t i, float value) {
                                        actual.at(static_cast<std::size_t>(i)) = value;
                                        ++written;
                                      });
      INFO(quant::info(Format::type).name << " by " << threads << " threads");
      CHECK(written == expected.size());
      CHECK(actual == expected);
    }
  };
  check(quant::F32());
  check(quant::F16());
  check(quant::BF16());
  check(quant::Q8_0());
  check(quant::Q4_0());
  check(quant::Q4_1());
  check(quant::Q5_0());
  check(quant::Q5_1());
  check(quant::Q4_K());
  check(quant::Q5_K());
  check(quant::Q6_K());
}

TEST_CASE("sizes that do not fit are refused", "[quant][decode]") {
  CHECK_THROWS_AS(quant::row_bytes(Type::q4_k, 255), std::invalid_argument);
  CHECK_THROWS_AS(quant::row_bytes(Type::q8_0, -32), std::invalid_argument);
  CHECK_THROWS_AS(quant::row_bytes(Type::f32, std::numeric_limits<std::int64_t>::max()), std::invalid_argument);
  CHECK_THROWS_AS(quant::info(static_cast<Type>(200)), std::invalid_argument);
  CHECK(quant::row_bytes(Type::q6_k, 512) == 420);

  quant::PackedTensor tensor = random_tensor(Type::q4_0, 4, 64, 1);
  std::vector<float> row(64);
  CHECK_THROWS_AS(quant::decode_row(tensor, 4, row), std::out_of_range);
  CHECK_THROWS_AS(quant::decode_row(tensor, -1, row), std::out_of_range);
  CHECK_THROWS_AS(quant::decode_row(tensor, 0, std::span(row).first(63)), std::out_of_range);
  tensor.data = tensor.data.first(tensor.data.size() - 1);
  CHECK_THROWS_AS(quant::decode_row(tensor, 0, row), std::invalid_argument);
}
