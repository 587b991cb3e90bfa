#include "sandbox/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "sandbox/collect.h"
#include "sandbox/control.h"
#include "sandbox/error.h"

namespace qualm::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kTick{50};

/// One output stream: kept to a limit, drained for ever.
struct Stream {
  int descriptor;
  std::string& kept;
  bool open = true;
};

class Supervisor {
 public:
  Supervisor(StartedJail& jail, const Plan& plan, const Command& command)
      : jail_(jail), plan_(plan), command_(command), begin_(Clock::now()) {}

  Outcome run() {
    try {
      while (!program_ended_ && !tree_gone_) {
        step();
      }
    } catch (...) {
      end_tree();
      throw;
    }
    end_tree();
    drain_all();
    judge();
    if (!command_.collect_suffix.empty() && scratch_) {
      outcome_.files = collect_files(scratch_.get(), command_.collect_suffix, plan_.limits.collect_bytes);
    }
    return std::move(outcome_);
  }

 private:
  void step() {
    std::array<pollfd, 4> events = {
        pollfd{jail_.init_handle.get(), POLLIN, 0}, pollfd{jail_.control.get(), POLLIN, 0},
        pollfd{streams_[0].open ? streams_[0].descriptor : -1, POLLIN, 0},
        pollfd{streams_[1].open ? streams_[1].descriptor : -1, POLLIN, 0}};
    const int ready = poll(events.data(), events.size(), static_cast<int>(time_to_wait().count()));
    if (ready < 0 && errno != EINTR) {
      throw SandboxError(fmt::format("sandbox: poll of a jail failed: {}", std::strerror(errno)));
    }
    drain_all();
    read_control();
    tree_gone_ = (events[0].revents != 0);
    if (!program_ended_ && !tree_gone_) {
      keep_limits();
    }
  }

  [[nodiscard]] milliseconds time_to_wait() const {
    const auto left = std::chrono::ceil<milliseconds>(begin_ + plan_.limits.wall - Clock::now());
    return std::clamp(left, milliseconds{0}, kTick);
  }

  void drain(Stream& stream) {
    std::array<char, 65536> buffer;
    // Bounded, so that a flood cannot keep the supervisor from its clock.
    for (int round = 0; stream.open && round < 16; ++round) {
      const ssize_t got = read(stream.descriptor, buffer.data(), buffer.size());
      if (got > 0) {
        const auto count = static_cast<std::size_t>(got);
        outcome_.output_total_bytes += count;
        stream.kept.append(buffer.data(), std::min(count, plan_.limits.output_bytes - stream.kept.size()));
      } else if (got == 0) {
        stream.open = false;
      } else if (errno != EINTR) {
        stream.open = (errno == EAGAIN);
        return;
      }
    }
  }

  void drain_all() {
    for (Stream& stream : streams_) {
      drain(stream);
    }
  }

  void read_control() {
    ControlMessage message;
    Descriptor attached;
    while (receive_message(jail_.control.get(), message, attached) == Received::message) {
      switch (message.kind) {
        case ControlMessage::Kind::scratch: scratch_ = std::move(attached); break;
        case ControlMessage::Kind::starting:
          begin_ = Clock::now();
          started_ = true;
          break;
        case ControlMessage::Kind::ended:
          end_ = Clock::now();
          wait_status_ = message.wait_status;
          program_ended_ = true;
          break;
        case ControlMessage::Kind::failed: report_failure(message); break;
        case ControlMessage::Kind::proceed: break;
      }
    }
  }

  [[noreturn]] void report_failure(const ControlMessage& message) const {
    std::string object;
    const auto item = static_cast<std::size_t>(message.item);
    if (message.step == Step::execute) {
      object = fmt::format(" {}", command_.arguments[0]);
    } else if (message.step == Step::files && item < command_.files.size()) {
      object = fmt::format(" {}", command_.files[item].name);
    }
    throw SandboxError(
        fmt::format("sandbox: {}{} failed: {}", to_string(message.step), object, std::strerror(message.error)));
  }

  void keep_limits() {
    if (Clock::now() - begin_ >= plan_.limits.wall) {
      stop(Cause::wall_timeout);
    }
  }

  void stop(Cause cause) {
    end_ = Clock::now();
    outcome_.cause = cause;
    stopped_ = true;
    program_ended_ = true;
  }

  /// Ends init and with it the tree, and waits until the kernel says that nothing is left.
  void end_tree() {
    jail_.control.reset();
    if (plan_.level != Level::seccomp) {
      syscall(SYS_pidfd_send_signal, jail_.init_handle.get(), SIGKILL, nullptr, 0);
    }
    pollfd gone{jail_.init_handle.get(), POLLIN, 0};
    while (poll(&gone, 1, static_cast<int>(kTick.count())) <= 0) {
      drain_all();
    }
    int status = 0;
    while (wait4(jail_.init, &status, __WALL, &usage_) < 0 && errno == EINTR) {
    }
  }

  void judge() {
    if (!started_) {
      throw SandboxError("sandbox: the jail's first process ended before the program was started");
    }
    const auto cpu = [](const timeval& time) { return microseconds(time.tv_sec * 1'000'000 + time.tv_usec); };
    outcome_.cpu = cpu(usage_.ru_utime) + cpu(usage_.ru_stime);
    outcome_.wall = duration_cast<microseconds>(end_ - begin_);
    outcome_.peak_memory_bytes = static_cast<std::uint64_t>(usage_.ru_maxrss) * 1024;
    if (stopped_) {
      outcome_.timed_out = outcome_.cause != Cause::memory;
      outcome_.exit_code = outcome_.timed_out ? -1 : -SIGKILL;
    } else if (WIFSIGNALED(wait_status_)) {
      outcome_.cause = Cause::signaled;
      outcome_.signal = WTERMSIG(wait_status_);
      outcome_.exit_code = -WTERMSIG(wait_status_);
    } else {
      outcome_.exit_code = WEXITSTATUS(wait_status_);
    }
  }

  StartedJail& jail_;
  const Plan& plan_;
  const Command& command_;
  Outcome outcome_;
  std::array<Stream, 2> streams_ = {Stream{jail_.standard_output.get(), outcome_.standard_output},
                                    Stream{jail_.standard_error.get(), outcome_.standard_error}};
  Descriptor scratch_;
  Clock::time_point begin_;
  Clock::time_point end_;
  bool started_ = false;
  bool program_ended_ = false;
  bool tree_gone_ = false;
  bool stopped_ = false;
  int wait_status_ = 0;
  rusage usage_{};
};

}  // namespace

Outcome supervise(StartedJail& jail, const Plan& plan, const Command& command) {
  return Supervisor(jail, plan, command).run();
}

}  // namespace qualm::sandbox
