#include "datasets/problem.h"

#include <catch2/catch.hpp>

#include "datasets/benchmark.h"
#include "datasets/gzip.h"
#include "datasets/input_error.h"
#include "tests/datasets/temporary_folder.h"

using namespace qualm::datasets;
using Catch::Matchers::Contains;

namespace {

std::string line(const std::string& name, const std::string& more = "") {
  return R"({"name": ")" + name + R"(", "language": "py", "prompt": "p", "tests": "t", "stop_tokens": ["\n"])" + more +
         "}";
}

}  // namespace

TEST_CASE("problems are read from JSON lines and from a list, gzip or plain") {
  const TemporaryFolder folder;
  const std::string lines = line("A", R"(, "extra": {"kept": 1})") + "\n\n" + line("B") + "\r\n" + line("C");
  for (const auto& file : {folder.put("a.jsonl", lines),
                           folder.put("b.json", "\n [" + line("A", R"(, "extra": {"kept": 1})") + ",\n" + line("B") +
                                                    "," + line("C") + "]"),
                           folder.put("c.jsonl.gz", gzip_compress(lines))}) {
    const std::vector<Problem> problems = read_problems(file);
    REQUIRE(problems.size() == 3);
    CHECK(problems[0].name == "A");
    CHECK(problems[2].stop_tokens == std::vector<std::string>{"\n"});
    CHECK(problems[0].fields["extra"]["kept"] == 1);
  }
}

TEST_CASE("a bad problem is named by its line or its place in the list") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    const auto file = folder.put("p.jsonl", text);
    return message_of<InputError>([&] { (void)read_problems(file); });
  };
  CHECK_THAT(error(line("A") + "\n\n{\"name\": 3}\n"), Contains("p.jsonl: line 3: field \"name\" is of type number"));
  CHECK_THAT(error(line("A") + "\n{\"name\" 3}\n"), Contains("bad JSON at line 2, column 9"));
  CHECK_THAT(error("[" + line("A") + ", 5]"), Contains("[1]: expected a JSON object"));
  CHECK_THAT(error(line("A") + "\n" + line("A")), Contains("\"A\" stands twice"));
  CHECK_THAT(error(" \n"), Contains("holds no problems"));
  for (const char* name : {"", "../x", "a/b", ".hidden", "a\\nb", "\\u0000"})
    CHECK_THAT(error(line(name)), Contains("line 1: field \"name\" cannot be a file's name"));
  CHECK_THAT(error(line(std::string(300, 'x'))), Contains("cannot be a file's name"));
}

TEST_CASE("every shipped benchmark has the number of problems it says, each with its language") {
  for (const Benchmark& benchmark : benchmarks()) {
    CAPTURE(benchmark.file);
    const std::vector<Problem> problems = read_benchmark(benchmark.name, benchmark.language);
    CHECK(problems.size() == benchmark.problems);
    for (const Problem& problem : problems) CHECK_FALSE(problem.tests.empty());
  }
  CHECK_THAT(message_of<InputError>([] { (void)read_benchmark("mbpp", "py"); }), Contains("humaneval (py)"));
}
