#include "datasets/run_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>

#include "datasets/atomic_file.h"
#include "datasets/input_error.h"
#include "datasets/run_record.h"
#include "tests/datasets/temporary_folder.h"

using namespace qualm::datasets;
using Catch::Matchers::Contains;

TEST_CASE("files are told apart by MultiPL-E's rules of names") {
  CHECK(kind_of("d/P.json") == FileKind::predictions);
  CHECK(kind_of("P.json.gz") == FileKind::predictions);
  CHECK(kind_of("P.results.json.gz") == FileKind::results);
  CHECK(kind_of("P.results.json") == FileKind::results);
  for (const char* other : {"P.execution.qualm", "run.qualm", ".P.results.json.gz.partial", "P.gz", "P.jsonl", "P"})
    CHECK(kind_of(other) == FileKind::other);
  CHECK(stem_of("d/HumanEval_1.a.results.json.gz") == "HumanEval_1.a");
  CHECK(results_path("out", "in/P.json.gz") == "out/P.results.json.gz");
  CHECK(results_path("out", "in/P.json") == "out/P.results.json");
  CHECK(execution_sidecar_path("out/P.results.json.gz") == "out/P.execution.qualm");
}

TEST_CASE("nothing we write beside results matches what MultiPL-E or the study opens as predictions") {
  for (const std::filesystem::path& ours :
       {execution_sidecar_path("P.results.json.gz"), std::filesystem::path(run_record_name),
        temporary_name("P.results.json.gz"), temporary_name("P.json"), temporary_name("run.qualm")}) {
    const std::string name = ours.filename().string();
    CAPTURE(name);
    CHECK_FALSE((name.ends_with(".json") || name.ends_with(".json.gz") || name.ends_with(".gz")));
  }
}

TEST_CASE("a file is replaced whole, and a leftover of a killed writer is taken over") {
  const TemporaryFolder folder;
  const auto file = folder.put("P.json", "old");
  (void)folder.put(".P.json.partial", "half of some");
  write_file_atomically(file, "new");
  CHECK(bytes_of(file) == "new");
  CHECK_FALSE(std::filesystem::exists(temporary_name(file)));
  CHECK_THAT(message_of<OutputError>([&] { write_file_atomically(folder.path("no/P.json"), "x"); }),
             Contains("no/P.json") && Contains("No such file"));
  std::filesystem::create_symlink("/etc/hostname", temporary_name(file));
  CHECK_THAT(message_of<OutputError>([&] { write_file_atomically(file, "x"); }), Contains("cannot be written"));
  CHECK(bytes_of(file) == "new");
}

TEST_CASE("writers of one file at the same time leave one of their texts, whole") {
  const TemporaryFolder folder;
  const auto file = folder.path("P.json");
  std::vector<pid_t> writers;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (int i = 0; i < 50; ++i) write_file_atomically(file, std::string(10'000, letter));
      ::_exit(0);
    }
    writers.push_back(child);
  }
  for (int look = 0; look < 2000; ++look) {
    const std::string bytes = std::filesystem::exists(file) ? bytes_of(file) : "";
    if (!bytes.empty() && (bytes.size() != 10'000 || std::count(bytes.begin(), bytes.end(), bytes[0]) != 10'000))
      FAIL("a mixed or cut file was seen");
  }
  for (const pid_t child : writers) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(bytes_of(file).size() == 10'000);
  CHECK_FALSE(std::filesystem::exists(temporary_name(file)));
}

TEST_CASE("a run's settings are added once, and other stages and fields are kept") {
  const TemporaryFolder folder;
  (void)folder.put("run.qualm", R"({"version": 1, "note": "mine", "generation": [{"model": "m"}]})");
  record_settings(folder.path(""), "execution", Json{{"timeout", 15}});
  record_settings(folder.path(""), "execution", Json{{"timeout", 15}});
  record_settings(folder.path(""), "execution", Json{{"timeout", 30}});
  CHECK(recorded_settings(folder.path(""), "execution").size() == 2);
  CHECK(recorded_settings(folder.path(""), "generation").size() == 1);
  CHECK_THAT(bytes_of(folder.path("run.qualm")), Contains("\"note\": \"mine\""));
  (void)folder.put("run.qualm", R"({"version": 9})");
  CHECK_THAT(message_of<InputError>([&] { (void)recorded_settings(folder.path(""), "execution"); }),
             Contains("version 9"));
}
