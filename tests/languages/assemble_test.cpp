#include <catch2/catch.hpp>

#include "datasets/problem.h"
#include "languages/language.h"

namespace qualm::languages {

TEST_CASE("languages are found by name and by alias") {
  REQUIRE(find("py") != nullptr);
  CHECK(find("py") == find("python"));
  REQUIRE(find("java") != nullptr);
  CHECK(find("java")->name() == "java");
  CHECK(find("Java") == nullptr);
  CHECK(find("") == nullptr);
}

TEST_CASE("a program is prompt, completion, a line feed and tests") {
  for (const auto& language : all()) {
    CHECK(language->assemble("p\n", " c", "t\n") == "p\n c\nt\n");
    CHECK(language->assemble("", "", "") == "\n");
    CHECK(language->assemble(std::string("\0p", 2), "\xff", "t") == std::string("\0p\xff\nt", 5));
  }
}

TEST_CASE("every problem of the benchmarks assembles in its language") {
  const std::filesystem::path data = std::filesystem::path(QUALM_SOURCE_DIR) / "datasets" / "data";
  const std::vector<std::pair<std::string, std::size_t>> files = {{"humaneval/humaneval-py.jsonl", 161},
                                                                  {"humaneval/humaneval-java.jsonl", 158},
                                                                  {"mceval/mceval_py.jsonl", 42},
                                                                  {"mceval/mceval_java.jsonl", 53}};
  for (const auto& [file, count] : files) {
    const auto problems = datasets::read_problems(data / file);
    CHECK(problems.size() == count);
    for (const auto& problem : problems) {
      const Language* language = find(problem.language);
      REQUIRE(language != nullptr);
      const std::string program = language->assemble(problem.prompt, "COMPLETION", problem.tests);
      CHECK(program == problem.prompt + "COMPLETION\n" + problem.tests);
      // Without a completion there is nothing to cut, whatever the prompt is.
      CHECK(language->clean(problem.prompt, "", Cleaning::exact).empty());
      CHECK(language->clean(problem.prompt, "", Cleaning::study).empty());
    }
  }
}

}  // namespace qualm::languages
