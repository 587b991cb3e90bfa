#include "sandbox/policy.h"

#include <seccomp.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "sandbox/seccomp_filter.h"

using namespace qualm::sandbox;

TEST_CASE("every row of the tables names a call that exists, once, with a reason") {
  std::set<std::string> seen;
  for (const auto groups : {allowed_calls(), calls_allowed_in_namespaces(), refused_calls()}) {
    for (const CallGroup& group : groups) {
      CHECK(std::string(group.reason).size() > 10);
      for (const char* call : group.calls) {
        CAPTURE(call);
        CHECK(seen.insert(call).second);
        CHECK(seccomp_syscall_resolve_name(call) != __NR_SCMP_ERROR);
      }
    }
  }
  for (const auto rules :
       {allowed_arguments(), allowed_arguments(Level::full), allowed_arguments(Level::seccomp), refused_arguments()}) {
    for (const ArgumentRule& rule : rules) {
      CAPTURE(rule.call);
      CHECK_FALSE(seen.contains(rule.call));
      CHECK(seccomp_syscall_resolve_name(rule.call) != __NR_SCMP_ERROR);
      CHECK((rule.value & ~rule.mask) == 0);
    }
  }
  // Its flags are out of a filter's sight.
  CHECK_FALSE(seen.contains("clone3"));
}

TEST_CASE("a filter is made for every level, with and without recording") {
  for (const Level level : {Level::full, Level::no_proc, Level::seccomp}) {
    for (const Unlisted unlisted : {Unlisted::recorded, Unlisted::refused}) {
      const auto filter = build_filter(level, unlisted);
      CHECK(filter.size() > 100);
      CHECK(filter.size() <= BPF_MAXINSNS);
    }
  }
}
