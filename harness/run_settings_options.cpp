#include "harness/run_settings_options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "harness/machine.h"
#include "harness/number_text.h"
#include "harness/usage_error.h"

namespace qualm::harness {

void RunSettingsOptions::add_to(CLI::App& app) {
  const std::string group = "How programs are run";
  app.add_option("--jobs", jobs_, "Programs run at once (default: one a processor)")
      ->check(CLI::Range(1, 4096))
      ->group(group);
  app.add_option("--timeout", timeout_seconds_, "Seconds of wall time a program has")
      ->capture_default_str()
      ->group(group);
  app.add_option("--memory", memory_, "Memory a program has, as in 512MiB or 2GiB")
      ->capture_default_str()
      ->group(group);
  app.add_option("--sandbox", sandbox_, "full, no-proc or seccomp; see docs/sandbox.md")
      ->capture_default_str()
      ->group(group);
  app.add_option("--runner", runner_, "fast, or plain: `python3 FILE`, `javac` and `java`, a process each")
      ->capture_default_str()
      ->group(group);
  app.add_option("--python", python_, "The Python interpreter")->capture_default_str()->group(group);
  app.add_option("--java-home", java_home_, "The JDK (default: that of java in PATH)")->group(group);
  app.add_option("--javatuples", javatuples_, "The javatuples 1.2 jar (default: Debian's place)")->group(group);
}

languages::Settings RunSettingsOptions::settings() const {
  languages::Settings settings;
  const auto level = sandbox::parse_level(sandbox_);
  if (!level) throw UsageError(fmt::format("--sandbox {}: expected full, no-proc or seccomp", sandbox_));
  settings.level = *level;
  const auto runner = languages::parse_runner_kind(runner_);
  if (!runner) throw UsageError(fmt::format("--runner {}: expected fast or plain", runner_));
  settings.runner = *runner;
  constexpr double longest_timeout_seconds = 86'400.0;
  if (!(timeout_seconds_ >= 0.01) || timeout_seconds_ > longest_timeout_seconds)
    throw UsageError(fmt::format("--timeout {}: expected seconds from 0.01 to 86400", timeout_seconds_));
  settings.timeout = std::chrono::milliseconds(std::llround(timeout_seconds_ * 1000.0));
  constexpr std::uint64_t smallest_memory_bytes = 16ULL << 20;
  const auto memory = parse_bytes(memory_);
  if (!memory || *memory < smallest_memory_bytes)
    throw UsageError(fmt::format("--memory {}: expected a size of at least 16MiB, as in 512MiB or 2GiB", memory_));
  settings.memory_bytes = *memory;
  settings.python = python_;
  settings.java_home = java_home_;
  settings.javatuples = javatuples_;
  return settings;
}

std::size_t RunSettingsOptions::jobs() const {
  const std::uint64_t free_bytes = available_memory_bytes();
  const std::uint64_t each = settings().memory_bytes;
  const std::size_t fitting = free_bytes / each;
  if (fitting == 0)
    throw UsageError(fmt::format("one program may use {} (--memory), but {} of memory is free; give a smaller --memory",
                                 bytes_text(each), bytes_text(free_bytes)));
  if (jobs_ > fitting)
    throw UsageError(fmt::format(
        "--jobs {} times --memory {} is more than the {} of memory that is free; give at most --jobs {}, or a smaller "
        "--memory",
        jobs_, bytes_text(each), bytes_text(free_bytes), fitting));
  if (jobs_ > 0) return jobs_;
  const std::size_t processors = available_processors();
  if (fitting < processors)
    fmt::print(stderr, "running {} at once: {} of memory is free and a program may use {} (--memory)\n", fitting,
               bytes_text(free_bytes), bytes_text(each));
  return std::min(processors, fitting);
}

}  // namespace qualm::harness
