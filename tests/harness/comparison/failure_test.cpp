#include "harness/comparison/failure.h"

#include <catch2/catch.hpp>

using namespace qualm::harness::comparison;
using qualm::datasets::ExecutionResult;

namespace {

std::string failure(const char* status, int exit_code, const char* errors, const char* language) {
  ExecutionResult result;
  result.status = status;
  result.exit_code = exit_code;
  result.standard_error = errors;
  return failure_of(result, language);
}

}  // namespace

TEST_CASE("Python's failures are named by the exception that ended the program") {
  CHECK(failure("OK", 0, "", "py") == "passed");
  CHECK(failure("Timeout", -1, "", "py") == "Timeout");
  CHECK(failure("Exception", 1, "Traceback (most recent call last):\n  File \"p\", line 1\nAssertionError\n", "py") ==
        "AssertionError");
  CHECK(failure("Exception", 1,
                "Traceback (most recent call last):\n  File \"p\"\nKeyError: 1\n\nDuring handling of the above "
                "exception, another "
                "exception occurred:\n\nTraceback (most recent call last):\n  File "
                "\"p\"\njson.decoder.JSONDecodeError: no: value\n",
                "py") == "JSONDecodeError");
  CHECK(failure("Exception", 1, "Traceback (most recent call last):\n  File \"p\"\nValueError: first\nnot: a name\n",
                "py") == "ValueError");
  CHECK(failure("SyntaxError", 1, "  File \"p\", line 2\n    (\n    ^\nSyntaxError: '(' was never closed\n", "py") ==
        "SyntaxError");
  CHECK(failure("SyntaxError", 1, "", "py") == "SyntaxError");
  CHECK(failure("Exception", 3, "", "py") == "other failure");
  CHECK(failure("Exception", -9, "", "py") == "killed by a signal");
  CHECK(failure("OK", 1, "", "py") == "other failure");
  CHECK(failure("Halted", 0, "", "py") == "Halted");
}

TEST_CASE("Java's failures are named by exception or by the compiler's message without the program's names") {
  CHECK(failure("Exception", 1, "Exception in thread \"main\" java.lang.AssertionError\n\tat P\n", "java") ==
        "AssertionError");
  CHECK(failure("Exception", 1, "Exception in thread \"main\" java.lang.IndexOutOfBoundsException: Index 3\n",
                "java") == "IndexOutOfBoundsException");
  CHECK(failure("SyntaxError", 1, "P.java:3: error: cannot find symbol\n  x\n", "java") == "cannot find symbol");
  CHECK(failure("SyntaxError", 1, "P.java:3: error: incompatible types: String cannot be converted to int\n", "java") ==
        "incompatible types");
  CHECK(failure("SyntaxError", 1, "P.java:3: error: ';' expected\n", "java") == "';' expected");
  CHECK(failure("SyntaxError", 1, "P.java:3: error: variable x is already defined in method f(int)\n", "java") ==
        "already defined");
}

TEST_CASE("a text that ends in one piece over and over is repeating") {
  std::string loop = "def f():\n";
  for (int i = 0; i < 30; ++i) loop += "    x = 1\n";
  CHECK(is_repeating(loop));
  CHECK(is_repeating(loop + "   "));
  CHECK_FALSE(is_repeating("    return x\n    return x\n    return x\n    return x\n"));  // too short to be a loop
  CHECK_FALSE(is_repeating(std::string(500, ' ')));
  CHECK_FALSE(is_repeating(loop + "    return 17 + something_else_entirely\n"));
  CHECK_FALSE(is_repeating(""));
}

TEST_CASE("a completion is what stands between prompt and tests") {
  CHECK(completion_in("PROMPTbody\nTESTS", "PROMPT", "TESTS") == "body");
  CHECK(completion_in("PROMPT\nTESTS", "PROMPT", "TESTS").empty());
  CHECK(completion_in("other", "PROMPT", "TESTS") == "other");
  CHECK(completion_in("PROMPTTESTS", "PROMPT", "TESTS") == "PROMPTTESTS");
}

TEST_CASE("texts part at a character, not at a byte") {
  CHECK(first_difference("abc", "abc") == std::string_view::npos);
  CHECK(first_difference("abc", "abd") == 2);
  CHECK(first_difference("abc", "ab") == 2);
  CHECK(first_difference("", "x") == 0);
  CHECK(first_difference("\u00e9x", "\u00e9y") == 1);
  CHECK(first_difference("a\u00e9", "a\u00e8") == 1);  // two characters with the same first byte
}
