#include "sandbox/process_tree.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "sandbox/descriptor.h"

namespace qualm::sandbox {
namespace {

namespace fs = std::filesystem;

/// The fields of /proc/PID/stat (proc(5)) that are used here.
struct ProcessFacts {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t own_ticks = 0;
  std::uint64_t reaped_ticks = 0;
  std::uint64_t threads = 0;
  std::uint64_t resident_pages = 0;
};

std::optional<ProcessFacts> read_facts(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  std::getline(file, line, '\0');
  // The name in parentheses is the program's to choose and may hold anything.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream fields(line.substr(name_end + 1));
  std::vector<std::string> text;
  for (std::string field; fields >> field && text.size() < 22;) {
    text.push_back(field);
  }
  if (text.size() < 22) {
    return std::nullopt;
  }
  // Field 3 of the manual is text[0].
  const auto number = [&](std::size_t manual) { return std::stoull(text[manual - 3]); };
  return ProcessFacts{
      text[0][0], static_cast<pid_t>(number(4)), number(14) + number(15), number(16) + number(17), number(20),
      number(24)};
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  std::error_code gone;
  for (fs::directory_iterator task(fmt::format("/proc/{}/task", process), gone), end; !gone && task != end;
       task.increment(gone)) {
    std::ifstream list(task->path() / "children");
    for (pid_t child = 0; list >> child;) {
      children.push_back(child);
    }
  }
  return children;
}

/// Everything below init. A tree that grows meanwhile is not followed for ever.
std::vector<pid_t> descendants_of(pid_t init) {
  constexpr std::size_t kLimit = 100'000;
  std::vector<pid_t> found = children_of(init);
  for (std::size_t i = 0; i < found.size() && found.size() < kLimit; ++i) {
    const std::vector<pid_t> below = children_of(found[i]);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

/// Sends a signal to `process` if it still is below `init`: its number may have gone to another process meanwhile.
void signal_below(pid_t process, pid_t init, int signal) {
  const Descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (handle && descends_from(process, init)) {
    syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0);
  }
}

}  // namespace

void kill_tree(pid_t init) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool all_stopped = false;
  while (!all_stopped && std::chrono::steady_clock::now() < give_up) {
    all_stopped = true;
    for (const pid_t process : descendants_of(init)) {
      const auto facts = read_facts(process);
      if (facts && std::string_view("TtZX").find(facts->state) == std::string_view::npos) {
        all_stopped = false;
        signal_below(process, init, SIGSTOP);
      }
    }
  }
  for (const pid_t process : descendants_of(init)) {
    signal_below(process, init, SIGKILL);
  }
}

TreeUse measure_tree(pid_t init) {
  TreeUse use;
  std::uint64_t ticks = 0;
  if (const auto facts = read_facts(init)) {
    ticks += facts->reaped_ticks;
  }
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  for (const pid_t process : descendants_of(init)) {
    if (const auto facts = read_facts(process)) {
      use.resident_bytes += facts->resident_pages * page;
      ticks += facts->own_ticks + facts->reaped_ticks;
      ++use.processes;
    }
  }
  const auto ticks_a_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  use.cpu = std::chrono::microseconds(ticks * 1'000'000 / ticks_a_second);
  return use;
}

std::chrono::microseconds waited_for_processor(pid_t init) {
  std::uint64_t nanoseconds = 0;
  for (const pid_t process : descendants_of(init)) {
    std::error_code gone;
    for (fs::directory_iterator task(fmt::format("/proc/{}/task", process), gone), end; !gone && task != end;
         task.increment(gone)) {
      std::ifstream file(task->path() / "schedstat");
      std::uint64_t ran = 0;
      std::uint64_t waited = 0;
      if (file >> ran >> waited) {
        nanoseconds += waited;
      }
    }
  }
  return std::chrono::microseconds(nanoseconds / 1000);
}

std::uint64_t proportional_tree_bytes(pid_t init) {
  std::uint64_t bytes = 0;
  for (const pid_t process : descendants_of(init)) {
    std::ifstream lines(fmt::format("/proc/{}/smaps_rollup", process));
    std::optional<std::uint64_t> kib;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("Pss:")) {
        std::istringstream value(line.substr(4));
        std::uint64_t number = 0;
        if (value >> number) {
          kib = number;
        }
        break;
      }
    }
    if (kib) {
      bytes += *kib * 1024;
    } else if (const auto facts = read_facts(process)) {
      bytes += facts->resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
  }
  return bytes;
}

bool descends_from(pid_t process, pid_t ancestor) {
  constexpr int kDepthLimit = 100'000;
  for (int depth = 0; depth < kDepthLimit && process > 1; ++depth) {
    const auto facts = read_facts(process);
    if (!facts) {
      return false;
    }
    process = facts->parent;
    if (process == ancestor) {
      return true;
    }
  }
  return false;
}

std::uint64_t count_threads_of(uid_t user) {
  std::uint64_t threads = 0;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    struct stat owner {};
    if (name.find_first_not_of("0123456789") == std::string::npos && stat(entry->path().c_str(), &owner) == 0 &&
        owner.st_uid == user) {
      const auto facts = read_facts(static_cast<pid_t>(std::stol(name)));
      threads += facts ? facts->threads : 0;
    }
  }
  return threads;
}

}  // namespace qualm::sandbox
