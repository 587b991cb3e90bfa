#include "datasets/predictions.h"

#include <catch2/catch.hpp>

#include "datasets/execution_sidecar.h"
#include "datasets/gzip.h"
#include "datasets/input_error.h"
#include "datasets/results.h"
#include "tests/datasets/temporary_folder.h"

using namespace qualm::datasets;
using Catch::Matchers::Contains;

namespace {

constexpr const char* text =
    R"({"name": "P", "language": "py", "temperature": 0.2, "top_p": 0.95, "max_tokens": 1024, "prompt": "p",
        "completions": ["a", "b\u00e9"], "tests": "t", "stop_tokens": ["\n"], "unknown": {"kept": [1, 2.5, null]}})";

ExecutionResult result_named(const std::string& program) {
  return {program, 1700000000, "out", "err", -9, "Exception"};
}

}  // namespace

TEST_CASE("rewritten predictions keep every field, known or not, in order") {
  const TemporaryFolder folder;
  const auto file = folder.put("P.json", text);
  const Predictions read = read_predictions(file);
  CHECK(read.completions == std::vector<std::string>{"a", "b\xc3\xa9"});
  CHECK(read.temperature == 0.2);
  for (const char* name : {"Q.json", "Q.json.gz"}) {
    write_predictions(folder.path(name), read);
    CHECK(to_json(read_predictions(folder.path(name))).dump() == parse_json(text, file).dump());
  }
  CHECK(bytes_of(folder.path("Q.json.gz")).starts_with("\x1f\x8b"));
  CHECK_THAT(bytes_of(folder.path("Q.json")), Contains("\n  \"name\": \"P\",\n"));
}

TEST_CASE("results keep the predictions' fields but the completions") {
  const TemporaryFolder folder;
  Results results = results_for(read_predictions(folder.put("P.json", text)));
  results.results = {result_named("one"), result_named("two")};
  write_results(folder.path("P.results.json.gz"), results);
  const Json written = read_json(folder.path("P.results.json.gz"));
  CHECK_FALSE(written.contains("completions"));
  CHECK(written["unknown"]["kept"][1] == 2.5);
  CHECK(written["results"][0].size() == 6);
  const Results again = read_results(folder.path("P.results.json.gz"));
  REQUIRE(again.results.size() == 2);
  CHECK(again.results[1].program == "two");
  CHECK(again.results[1].exit_code == -9);
}

TEST_CASE("predictions and results of wrong shape are errors that name the field") {
  const TemporaryFolder folder;
  const auto file = folder.put("R.json", "");
  const auto error = [&](const std::string& json) {
    const Json parsed = parse_json(json, file);
    return message_of<InputError>([&] { (void)predictions_from_json(parsed, file); }) +
           message_of<InputError>([&] { (void)results_from_json(parsed, file); });
  };
  CHECK_THAT(
      error(R"({"name": "P", "language": "py", "prompt": "", "tests": "", "completions": "x", "results": {}})"),
      Contains("\"completions\" is of type string, expected array") && Contains("\"results\" is of type object"));
  CHECK_THAT(
      error(
          R"({"name": "P", "results": [{"program": "p", "stdout": "", "stderr": "", "exit_code": 4294967296, "status": "OK"}]})"),
      Contains("results[0]: exit_code 4294967296 is out of range"));
  CHECK_THAT(error(R"({"results": [7]})"), Contains("results[0]: expected a JSON object, found number"));
  CHECK_THAT(error("[]"), Contains("expected a JSON object, found array"));
  CHECK_THAT(error(R"({"name": "P", "language": "py", "prompt": "", "tests": "", "completions": ["x", null]})"),
             Contains("\"completions\"[1] is of type null"));
}

TEST_CASE("the execution sidecar comes back, with what is finished out of order") {
  const TemporaryFolder folder;
  const auto file = folder.path("P.execution.qualm");
  CHECK(read_execution_sidecar(file).completions.empty());
  ExecutionMeasures measures;
  measures.cause = "exited";
  measures.suspect = true;
  measures.cpu = std::chrono::microseconds(5);
  measures.wall = std::chrono::microseconds(7);
  measures.peak_memory_bytes = 1 << 20;
  measures.runner = "plain";
  measures.run_again = true;
  measures.refused_calls = {"io_uring_setup"};
  ExecutionSidecar sidecar;
  sidecar.completions = {std::nullopt, measures};
  sidecar.ahead.emplace(4, Execution{result_named("five"), measures});
  write_execution_sidecar(file, sidecar);
  const ExecutionSidecar again = read_execution_sidecar(file);
  REQUIRE(again.completions.size() == 2);
  CHECK_FALSE(again.completions[0]);
  CHECK(again.completions[1]->refused_calls == measures.refused_calls);
  CHECK(again.completions[1]->peak_memory_bytes == 1 << 20);
  REQUIRE(again.ahead.contains(4));
  CHECK(again.ahead.at(4).result.program == "five");
  CHECK(again.ahead.at(4).measures.wall == measures.wall);

  const auto error = [&](const std::string& json) {
    const auto bad = folder.put("Q.execution.qualm", gzip_compress(json));
    return message_of<InputError>([&] { (void)read_execution_sidecar(bad); });
  };
  CHECK_THAT(error(R"({"version": 2, "completions": []})"), Contains("is of version 2"));
  CHECK_THAT(error(R"({"version": 1, "completions": [{"cause": 1}]})"), Contains("completions[0]: field \"cause\""));
  CHECK_THAT(error(R"({"version": 1, "completions": [], "ahead": [{"index": -1}]})"), Contains("ahead[0]: index -1"));
}
