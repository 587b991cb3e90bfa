#include "harness/number_text.h"

#include <catch2/catch.hpp>

using namespace qualm::harness;

TEST_CASE("doubles are written as Python's repr writes them", "[number_text]") {
  CHECK(shortest_text(1.0) == "1.0");
  CHECK(shortest_text(0.4161490683229814) == "0.4161490683229814");
  CHECK(shortest_text(1e-05) == "1e-05");
}

TEST_CASE("sizes are read with their units and refused without sense", "[number_text]") {
  CHECK(parse_bytes("2GiB") == 2ULL << 30);
  CHECK(parse_bytes("1.5 MiB") == 3ULL << 19);
  CHECK(parse_bytes("1000") == 1000ULL);
  for (const char* text : {"", "GiB", "-1GiB", "0", "2parsecs", "2GiBx", "nan", "inf", "1e30TiB"})
    CHECK_FALSE(parse_bytes(text).has_value());
}
