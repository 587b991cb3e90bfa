#include "harness/verification.h"

#include <catch2/catch.hpp>

using namespace qualm::harness;
using qualm::datasets::ExecutionResult;

namespace {

ExecutionResult result(const std::string& status, int exit_code, const std::string& error = "") {
  ExecutionResult made;
  made.status = status;
  made.exit_code = exit_code;
  made.standard_error = error;
  return made;
}

const ExecutionResult ok = result("OK", 0);
const ExecutionResult failed = result("Exception", 1, "AssertionError");
const ExecutionResult timeout = result("Timeout", -1);
const ExecutionResult syntax = result("SyntaxError", 1, "SyntaxError: invalid syntax");

DisagreementClass classed(const ExecutionResult& recorded, const std::vector<ExecutionResult>& ours) {
  return classify(recorded, ours);
}

}  // namespace

TEST_CASE("a timeout on either side is a disagreement by load") {
  CHECK(classed(timeout, {ok, ok, ok}) == DisagreementClass::load);
  CHECK(classed(ok, {timeout, ok, ok}) == DisagreementClass::load);
  CHECK(classed(ok, {failed, ok, timeout}) == DisagreementClass::load);
}

TEST_CASE("three runs that disagree among themselves are nondeterministic") {
  CHECK(classed(ok, {failed, ok, failed}) == DisagreementClass::nondeterministic);
  CHECK(classed(ok, {failed, result("Exception", 2), failed}) == DisagreementClass::nondeterministic);
}

TEST_CASE("what speaks of another version of the language is by interpreter") {
  CHECK(classed(ok, {result("Exception", 1, "ImportError: cannot import name 'gcd' from 'fractions'"), {}, {}}) ==
        DisagreementClass::nondeterministic);  // three runs are needed first
  for (const char* words :
       {"ImportError: cannot import name 'gcd' from 'fractions'", "ModuleNotFoundError: No module named 'numpy'",
        "AttributeError: module 'math' has no attribute 'lcm'", "java.lang.NoSuchMethodError"}) {
    const ExecutionResult ours = result("Exception", 1, words);
    CHECK(classed(ok, {ours, ours, ours}) == DisagreementClass::interpreter);
    CHECK(classed(ours, {ok, ok, ok}) == DisagreementClass::interpreter);
  }
  CHECK(classed(syntax, {ok, ok, ok}) == DisagreementClass::interpreter);
  CHECK(classed(failed, {syntax, syntax, syntax}) == DisagreementClass::interpreter);
}

TEST_CASE("anything else is ours") {
  CHECK(classed(ok, {failed, failed, failed}) == DisagreementClass::ours);
  CHECK(classed(failed, {ok, ok, ok}) == DisagreementClass::ours);
}

TEST_CASE("a total's pass@1 is over all problems, not over folders") {
  FolderAgreement one;
  one.completions = 10;
  one.same_status = 9;
  one.problems = 10;
  one.recorded_pass_at_1 = 1.0;
  FolderAgreement three = one;
  three.problems = 30;
  three.recorded_pass_at_1 = 0.0;
  three.our_pass_at_1 = 0.5;
  const FolderAgreement total = total_of({one, three});
  CHECK(total.completions == 20);
  CHECK(total.same_status == 18);
  CHECK(total.recorded_pass_at_1 == Approx(0.25));
  CHECK(total.our_pass_at_1 == Approx(0.375));
  CHECK(total_of({}).our_pass_at_1 == 0.0);
}
