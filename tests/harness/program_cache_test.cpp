#include "harness/program_cache.h"

#include <catch2/catch.hpp>

using namespace qualm::harness;
using qualm::datasets::Execution;

namespace {

Execution execution_of(const std::string& program, const std::string& status) {
  Execution execution;
  execution.result.program = program;
  execution.result.status = status;
  return execution;
}

}  // namespace

TEST_CASE("the first to ask runs the program, and all who asked get its result") {
  ProgramCache cache;
  std::vector<std::string> received;
  const auto receiver = [&](const Execution& execution) { received.push_back(execution.result.status); };
  CHECK(cache.request("py", "p", receiver));
  CHECK_FALSE(cache.request("py", "p", receiver));
  CHECK(cache.request("java", "p", receiver));
  CHECK(received.empty());
  cache.deliver("py", execution_of("p", "OK"));
  CHECK(received == std::vector<std::string>{"OK", "OK"});
  CHECK_FALSE(cache.request("py", "p", receiver));
  CHECK(received.size() == 3);
}

TEST_CASE("a program that could not be run is asked for anew") {
  ProgramCache cache;
  bool received = false;
  const auto receiver = [&](const Execution&) { received = true; };
  CHECK(cache.request("py", "p", receiver));
  cache.give_up("py", "p");
  CHECK(cache.request("py", "p", receiver));
  CHECK_FALSE(received);
}

TEST_CASE("known results are shared, and the oldest are forgotten when they take too much memory") {
  ProgramCache cache;
  const auto ignore = [](const Execution&) {};
  cache.add_known("py", execution_of("old", "OK"));
  CHECK_FALSE(cache.request("py", "old", ignore));
  const std::string large(std::size_t{8} << 20, 'x');
  for (int i = 0; i < 10; ++i) {
    const std::string program = large + std::to_string(i);
    CHECK(cache.request("py", program, ignore));
    cache.deliver("py", execution_of(program, "OK"));
  }
  CHECK(cache.request("py", "old", ignore));
  CHECK_FALSE(cache.request("py", large + "9", ignore));
}
