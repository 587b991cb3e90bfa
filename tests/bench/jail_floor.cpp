// What a process costs before any language: `/bin/true` started with and without a jail, on all processors.
// Usage: jail_floor [RUNS]
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/jail.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* kProgram = "/bin/true";

double cpu_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    getrusage(who, &used);
    seconds += static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  }
  return seconds;
}

void measure(const char* name, int runs, const std::function<void()>& run) {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const int each = runs / static_cast<int>(threads);
  const double cpu_before = cpu_seconds();
  const Clock::time_point begin = Clock::now();
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        for (int done = 0; done < each; ++done) {
          run();
        }
      });
    }
  }
  const double wall = std::chrono::duration<double>(Clock::now() - begin).count();
  const double all = static_cast<double>(each) * threads;
  fmt::print("{}: {:.0f} a second, {:.2f} ms wall, {:.2f} ms CPU each\n", name, all / wall, 1e3 * wall / all,
             1e3 * (cpu_seconds() - cpu_before) / all);
}

void spawn() {
  std::string program = kProgram;
  char* arguments[] = {program.data(), nullptr};
  pid_t process = -1;
  if (posix_spawn(&process, kProgram, nullptr, nullptr, arguments, environ) != 0 ||
      waitpid(process, nullptr, 0) != process) {
    throw std::runtime_error("posix_spawn");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 400;
  const qualm::sandbox::Jail jail(qualm::sandbox::Level::full);
  qualm::sandbox::Command command;
  command.arguments = {kProgram};
  command.visible = {"/usr", "/bin", "/lib", "/lib64"};
  measure("floor: fork and exec of /bin/true", runs, spawn);
  measure("floor: fork, jail and exec of /bin/true", runs, [&] {
    if (jail.run(command, {}).exit_code != 0) {
      throw std::runtime_error("the jail's program failed");
    }
  });
}
