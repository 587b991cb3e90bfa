#include "sandbox/jail.h"

#include <catch2/catch.hpp>

#include "sandbox/error.h"

using namespace qualm::sandbox;
using namespace std::chrono_literals;

namespace {

Command shell(const std::string& script) {
  Command command;
  command.arguments = {"/bin/sh", "-c", script};
  command.environment = {"PATH=/usr/bin:/bin", "HOME=/tmp"};
  command.visible = {"/bin", "/usr/bin", "/lib", "/lib64", "/usr/lib"};
  return command;
}

}  // namespace

TEST_CASE("output, exit code and collected files come back") {
  const Jail jail(Level::full);
  Command command = shell("cat in.txt; echo oops >&2; echo made > out.result; mkdir d; echo x > d/y.result; exit 3");
  command.files = {{"in.txt", "hello\n"}};
  command.collect_suffix = ".result";
  const Outcome outcome = jail.run(command, {});
  CHECK(outcome.standard_output == "hello\n");
  CHECK(outcome.standard_error == "oops\n");
  CHECK(outcome.exit_code == 3);
  REQUIRE(outcome.files.size() == 2);
  CHECK(outcome.files[0].name == "d/y.result");
  CHECK(outcome.files[1].contents == "made\n");
}

TEST_CASE("a program that sleeps past the wall limit is a timeout") {
  const Jail jail(Level::full);
  Limits limits;
  limits.wall = 300ms;
  const Outcome outcome = jail.run(shell("echo early; setsid sleep 61 & sleep 60"), limits);
  CHECK(outcome.timed_out);
  CHECK(outcome.exit_code == -1);
  CHECK(outcome.cause == Cause::wall_timeout);
  CHECK(outcome.standard_output == "early\n");
}

TEST_CASE("the end by a signal is the negative signal number") {
  const Jail jail(Level::full);
  const Outcome outcome = jail.run(shell("kill -KILL $$"), {});
  CHECK(outcome.exit_code == -9);
  CHECK(outcome.signal == 9);
  CHECK(outcome.cause == Cause::signaled);
}

TEST_CASE("an executable that is not there is an error of the harness") {
  const Jail jail(Level::full);
  Command command = shell("");
  command.arguments[0] = "/no/such/program";
  CHECK_THROWS_AS(jail.run(command, {}), SandboxError);
}
