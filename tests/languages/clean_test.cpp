#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "datasets/gzip.h"
#include "datasets/json_document.h"
#include "datasets/predictions.h"
#include "datasets/problem.h"
#include "languages/first_function.h"
#include "languages/language.h"

extern "C" const TSLanguage* tree_sitter_python(void);
extern "C" const TSLanguage* tree_sitter_java(void);

namespace qualm::languages {
namespace {

std::string clean(std::string_view language, std::string_view prompt, std::string_view completion,
                  Cleaning cleaning = Cleaning::exact) {
  return find(language)->clean(prompt, completion, cleaning);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream contents;
  contents << file.rdbuf();
  return std::move(contents).str();
}

std::string repeat(std::string_view text, std::size_t count) {
  std::string repeated;
  repeated.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) {
    repeated += text;
  }
  return repeated;
}

}  // namespace

// tests/golden/make_cleaning.py describes the file and how the study's own parser wrote it.
TEST_CASE("cleaning keeps what the study's parser keeps") {
  const std::filesystem::path root = QUALM_SOURCE_DIR;
  const std::filesystem::path golden = root / "tests" / "golden" / "cleaning.jsonl.gz";
  std::istringstream lines(datasets::gzip_decompress(read_file(golden), golden));
  std::map<std::string, std::vector<datasets::Problem>> problems;
  std::size_t cases = 0;
  for (std::string text; std::getline(lines, text);) {
    const auto line = nlohmann::json::parse(text);
    const std::string source = line["source"][0];
    std::string prompt;
    std::vector<std::string> completions;
    if (source.ends_with(".json.gz")) {
      const auto predictions = datasets::read_predictions(root / source);
      prompt = predictions.prompt;
      completions = predictions.completions;
    } else {
      if (!problems.contains(source)) {
        problems[source] = datasets::read_problems(root / source);
      }
      prompt = problems[source].at(line["source"][1]).prompt;
    }
    for (const auto& expected : line["cases"]) {
      const std::string whole =
          expected[0].is_string() ? expected[0].get<std::string>() : completions.at(expected[0].get<std::size_t>());
      const std::string completion = whole.substr(0, expected[1]);
      const std::string language = line["language"];
      INFO(source << " " << expected.dump() << "\n" << prompt << "<<<" << completion << ">>>");
      const std::string study = clean(language, prompt, completion, Cleaning::study);
      const std::string exact = clean(language, prompt, completion, Cleaning::exact);
      if (study != completion.substr(0, expected[2])) {
        CHECK(study == completion.substr(0, expected[2]));
      }
      if (exact != completion.substr(0, expected[3])) {
        CHECK(exact == completion.substr(0, expected[3]));
      }
      ++cases;
    }
  }
  CHECK(cases > 10'000);
}

TEST_CASE("what follows the first function is cut") {
  CHECK(clean("py", "def f():\n", "    return 1\n\nprint(2)\n") == "    return 1");
  CHECK(clean("py", "", "x = 1\ndef f():\n    return 1\ny = 2") == "x = 1\ndef f():\n    return 1");
  CHECK(clean("java", "class Problem {\n  static int f() {\n", "    return 1;\n  }\n  int g() { return 2; }\n}") ==
        "    return 1;\n  }");
}

TEST_CASE("a completion without a function is unchanged") {
  CHECK(clean("py", "x = 1\n", "y = 2\n") == "y = 2\n");
  CHECK(clean("java", "int x", " = 2;\n") == " = 2;\n");
  CHECK(clean("py", "", "").empty());
}

TEST_CASE("a helper function in the prompt is not what the completion completes") {
  const std::string prompt = "def helper(x):\n    return x\n\ndef f(x):\n    \"\"\"Doc.\"\"\"\n";
  const std::string completion = "    return helper(x)\n\nprint(f(1))\n";
  CHECK(clean("py", prompt, completion, Cleaning::exact) == "    return helper(x)");
  CHECK(clean("py", prompt, completion, Cleaning::study).empty());

  const std::string java = "class Problem {\n  static int helper() { return 1; }\n  static int f()";
  CHECK(clean("java", java, " { return helper(); }\n}\n", Cleaning::exact) == " { return helper(); }");
  CHECK(clean("java", java, " { return helper(); }\n}\n", Cleaning::study).empty());

  // An enclosing function is the one that is completed, also where it has an inner function already.
  CHECK(clean("py", "def f(x):\n    def g():\n        return x\n", "    return g()\nprint(1)\n") == "    return g()");
}

TEST_CASE("a completion that does not continue the prompt's function is cut whole") {
  const std::string prompt = "def f():\n    \"\"\"Doc.\"\"\"\n";
  CHECK(clean("py", prompt, "print(f())\n", Cleaning::exact).empty());
  CHECK(clean("py", prompt, "print(f())\n", Cleaning::study).empty());
}

TEST_CASE("the study's byte column keeps more of a line that is not ASCII") {
  const std::string prompt = "class Problem {\n  static String f() {\n";
  const std::string completion = "    return \"\xC3\xA9\xC3\xA9\"; } // ab\n}\n";  // two letters of two bytes
  CHECK(clean("java", prompt, completion, Cleaning::exact) == "    return \"\xC3\xA9\xC3\xA9\"; }");
  CHECK(clean("java", prompt, completion, Cleaning::study) == "    return \"\xC3\xA9\xC3\xA9\"; } /");
  // Never beyond the line.
  const std::string many = "    return \"" + repeat("\xF0\x9F\x98\x80", 9) + "\"; } //\n}\n";
  CHECK(clean("java", prompt, many, Cleaning::study) == many.substr(0, many.find('\n')));
}

TEST_CASE("the cut completion is a prefix of the completion, whatever the bytes are") {
  std::mt19937 random(20240607);  // NOLINT(bugprone-random-generator-seed): a fixed seed is wanted
  const std::vector<std::string> pieces = {"def f(x):\n",
                                           "    return x\n",
                                           "class A {",
                                           " int f() {",
                                           " return 1; }",
                                           "}",
                                           "\n",
                                           "\xC3\xA9",
                                           "\xFF\xFE",
                                           std::string("\0", 1),
                                           "\"\"\"",
                                           "'",
                                           "(",
                                           "\t",
                                           "\r\n",
                                           "\xE2\x82",
                                           "/*",
                                           "f\"{x",
                                           "\xEF\xBB\xBF",
                                           "\\\n",
                                           "# c\n"};
  for (int round = 0; round < 400; ++round) {
    std::string prompt;
    std::string completion;
    for (unsigned i = 0; i < random() % 8; ++i) {
      prompt += pieces[random() % pieces.size()];
    }
    for (unsigned i = 0; i < random() % 24; ++i) {
      completion += pieces[random() % pieces.size()];
    }
    for (const auto& language : all()) {
      for (const Cleaning cleaning : {Cleaning::exact, Cleaning::study}) {
        const std::string kept = language->clean(prompt, completion, cleaning);
        CHECK(completion.starts_with(kept));
      }
    }
  }
}

TEST_CASE("deep nesting and long texts are cleaned in bounded stack") {
  constexpr std::size_t depth = 100'000;
  for (const std::string_view open : {"(", "[", "{", "if x:\n ", "f\"{", "def f():\n", "lambda:"}) {
    const std::string completion = repeat(open, depth);
    CHECK(completion.starts_with(clean("py", "def f():\n", completion)));
  }
  CHECK(clean("py", "def f():\n", "    return " + repeat("(", depth) + "1" + repeat(")", depth) + "\nx = 1\n").size() ==
        std::string("    return 1").size() + 2 * depth);
  for (const std::string_view open : {"(", "{", "new int[", "class A {", "if (x) ", "() -> "}) {
    const std::string completion = repeat(open, depth);
    CHECK(completion.starts_with(clean("java", "class Problem { int f() {", completion)));
  }
  const std::string line = "    x = 1  # nothing\n";
  const std::string body = repeat(line, (10U << 20U) / line.size());
  CHECK(clean("py", "def f():\n", body + "y = 2\n").size() > body.size() - line.size());
}

TEST_CASE("a text that takes too long to parse is an error, not a clean completion") {
  const std::string completion = repeat("    x = (1\n", 100'000);
  using namespace std::chrono_literals;
  CHECK_THROWS_AS(cut_after_first_function({tree_sitter_python(), "function_definition"}, "def f():\n", completion,
                                           Cleaning::exact, 1us),
                  CleaningError);
  CHECK_THROWS_WITH(cut_after_first_function({tree_sitter_java(), "method_declaration"}, "class A {\n", completion,
                                             Cleaning::exact, 1us),
                    Catch::Contains("took longer than"));
}

}  // namespace qualm::languages
