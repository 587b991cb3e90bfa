#include <catch2/catch.hpp>

#include "generators/local/completion_text.h"

namespace qualm::generators::local {

TEST_CASE("a stop string is found across tokens and cut at its first place") {
  CompletionText text({"\ndef", "\n#", ""});
  REQUIRE_FALSE(text.append("return 1"));
  REQUIRE_FALSE(text.append("\nd"));
  REQUIRE(text.append("ef f\n# more"));
  REQUIRE(text.cut() == "return 1");
  REQUIRE(text.raw() == "return 1\ndef f\n# more");
}

TEST_CASE("the earliest of several stop strings cuts, whichever is listed first") {
  CompletionText text({"late", "early"});
  REQUIRE(text.append("an early and late text"));
  REQUIRE(text.cut() == "an ");
}

TEST_CASE("a character's bytes may arrive in several tokens") {
  CompletionText text({"\xE2\x82\xAC"});
  REQUIRE_FALSE(text.append("5 \xE2"));
  REQUIRE(text.raw() == "5 \xEF\xBF\xBD");
  REQUIRE_FALSE(text.append("\x82"));
  REQUIRE(text.append("\xAC"));
  REQUIRE(text.cut() == "5 ");
}

TEST_CASE("ill-formed parts become one replacement each, as Python's decoder has it") {
  REQUIRE(valid_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
  REQUIRE(valid_utf8("\xE2\x82") == "\xEF\xBF\xBD");
  REQUIRE(valid_utf8("\xE2\x82z") == "\xEF\xBF\xBDz");
  REQUIRE(valid_utf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  REQUIRE(valid_utf8("\xF0\x9F\x98\x80") == "\xF0\x9F\x98\x80");
}

TEST_CASE("white space at both ends is stripped, inner white space kept") {
  REQUIRE(stripped(" \t\n a  b\xC2\xA0\xE3\x80\x80\r\n") == "a  b");
  REQUIRE(stripped(" \n").empty());
}

}  // namespace qualm::generators::local
