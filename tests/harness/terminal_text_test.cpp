#include "harness/terminal_text.h"

#include <catch2/catch.hpp>
#include <string>

using qualm::harness::printable;

TEST_CASE("control characters and invalid UTF-8 are shown, text stays", "[terminal_text]") {
  CHECK(printable("a\tb\n\xc3\xa9 \xf0\x9f\x98\x80") == "a\tb\n\xc3\xa9 \xf0\x9f\x98\x80");
  CHECK(printable("\x1b[2J\r\x07") == "\\x1b[2J\\x0d\\x07");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");
  CHECK(printable("\xff\xe2\x82") == "\\xff\\xe2\\x82");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}
