#include "sandbox/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
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
#include "sandbox/policy.h"
#include "sandbox/process_tree.h"
#include "sandbox/seccomp_filter.h"

namespace qualm::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

/// How often the limits are looked at; without a cgroup a program may outgrow its memory between two looks.
constexpr milliseconds kTick{50};
constexpr milliseconds kTickMeasuring{20};
/// After a line or two of output the supervisor looks away for a moment: a program that writes a traceback line by line
/// would wake it for each. What comes meanwhile waits in the pipe, and a pipe that was nearly full is not let wait.
constexpr milliseconds kPause{1};
constexpr std::uint64_t kTrickleBytes = 8192;
/// The kernel ends a killed tree at once; one that stays is stuck in the kernel.
constexpr std::chrono::seconds kEndLimit{60};

/// One output stream: kept to a limit, drained for ever.
struct Stream {
  int descriptor;
  std::string& kept;
  bool open = true;
};

/// What a held call of calls_allowed_in_namespaces() is aimed at.
enum class SignalTarget {
  none,       ///< it is no such call
  own_group,  ///< the caller's process group, or a process handle got before
  process,    ///< the process (or thread) in the first argument
  others,     ///< everyone, or another group
};

SignalTarget signal_target(const Notification& notification) {
  const std::string name = call_name(notification.call);
  const auto first = static_cast<std::int32_t>(notification.arguments[0]);
  if (name == "pidfd_send_signal") {
    return SignalTarget::own_group;
  }
  for (const CallGroup& group : calls_allowed_in_namespaces()) {
    for (const char* call : group.calls) {
      if (name == call) {
        return first > 0 ? SignalTarget::process : first == 0 ? SignalTarget::own_group : SignalTarget::others;
      }
    }
  }
  return SignalTarget::none;
}

class Supervisor {
 public:
  Supervisor(StartedJail& jail, const Plan& plan, const Command& command, const Cgroup* cgroup, Turns::Turn turn,
             const std::stop_token& stop)
      : jail_(jail),
        plan_(plan),
        command_(command),
        cgroup_(cgroup),
        turn_(std::move(turn)),
        stop_(stop),
        begin_(Clock::now()) {}

  Outcome run() {
    try {
      while (!program_ended_ && !tree_gone_) {
        step();
      }
    } catch (...) {
      end_tree();
      throw;
    }
    if (!stopped_) {
      turn_.give_back();  // what was stopped may still be running
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
    const auto watched = [&](const Stream& stream) { return stream.open && !pausing_ ? stream.descriptor : -1; };
    std::array<pollfd, 5> events = {pollfd{jail_.init_handle.get(), POLLIN, 0}, pollfd{jail_.control.get(), POLLIN, 0},
                                    pollfd{watched(streams_[0]), POLLIN, 0}, pollfd{watched(streams_[1]), POLLIN, 0},
                                    pollfd{listener_.get(), POLLIN, 0}};
    const int ready = poll(events.data(), events.size(), static_cast<int>(time_to_wait().count()));
    if (ready < 0 && errno != EINTR) {
      throw SandboxError(fmt::format("sandbox: poll of a jail failed: {}", std::strerror(errno)));
    }
    const std::uint64_t drained = drain_all();
    pausing_ = drained > 0 && drained < kTrickleBytes;
    read_control();
    if ((events[4].revents & POLLIN) != 0) {
      answer_call();
    } else if (events[4].revents != 0) {
      listener_.reset();
    }
    tree_gone_ = (events[0].revents != 0);
    if (!program_ended_ && !tree_gone_) {
      if (stop_.stop_requested()) {
        throw Cancelled();
      }
      keep_limits();
    }
  }

  [[nodiscard]] milliseconds time_to_wait() const {
    const auto left = std::chrono::ceil<milliseconds>(begin_ + plan_.limits.wall - Clock::now());
    return std::clamp(left, milliseconds{0}, pausing_ ? kPause : cgroup_ ? kTick : kTickMeasuring);
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

  /// Returns the number of bytes.
  std::uint64_t drain_all() {
    const std::uint64_t before = outcome_.output_total_bytes;
    for (Stream& stream : streams_) {
      drain(stream);
    }
    return outcome_.output_total_bytes - before;
  }

  void read_control() {
    ControlMessage message;
    Descriptor attached;
    while (receive_message(jail_.control.get(), message, attached) == Received::message) {
      switch (message.kind) {
        case ControlMessage::Kind::scratch: scratch_ = std::move(attached); break;
        case ControlMessage::Kind::starting:
          begin_ = Clock::now();
          next_look_ = begin_;
          started_ = true;
          listener_ = std::move(attached);
          break;
        case ControlMessage::Kind::ended:
          end_ = Clock::now();
          wait_status_ = message.wait_status;
          set_up_cpu_ = microseconds(message.own_cpu_us);
          note_peak(static_cast<std::uint64_t>(message.peak_kib) * 1024);
          program_ended_ = true;
          break;
        case ControlMessage::Kind::failed: report_failure(message, plan_, command_); break;
        case ControlMessage::Kind::proceed: break;
      }
    }
  }

  void keep_limits() {
    const Clock::time_point now = Clock::now();
    if (now - begin_ >= plan_.limits.wall) {
      outcome_.waited = waited_for_processor(jail_.init);
      stop(Cause::wall_timeout);
      return;
    }
    if (!started_ || now < next_look_) {
      return;
    }
    next_look_ = now + (cgroup_ ? kTick : kTickMeasuring);
    const auto counted = cgroup_ ? cgroup_->cpu() : std::nullopt;
    const bool measure_memory = !cgroup_ || !cgroup_->limits_memory();
    TreeUse use;
    if (!counted || measure_memory) {
      use = measure_tree(jail_.init);
    }
    if (counted.value_or(use.cpu) >= plan_.limits.cpu) {
      stop(Cause::cpu_timeout);
    } else if (!measure_memory) {
      if (cgroup_->memory_kills() > 0) {
        stop(Cause::memory);  // a tree that lost a process to its limit is not left to go on without it
      }
    } else {
      keep_memory_limit(use.resident_bytes + scratch_use());
    }
  }

  void keep_memory_limit(std::uint64_t bytes) {
    if (bytes > plan_.limits.memory_bytes) {
      bytes = proportional_tree_bytes(jail_.init) + scratch_use();
    }
    note_peak(bytes);
    if (bytes > plan_.limits.memory_bytes) {
      stop(Cause::memory);
    }
  }

  [[nodiscard]] std::uint64_t scratch_use() const {
    struct statfs facts {};
    if (plan_.level == Level::seccomp || !scratch_ || fstatfs(scratch_.get(), &facts) != 0) {
      return 0;
    }
    return (facts.f_blocks - facts.f_bfree) * static_cast<std::uint64_t>(facts.f_bsize);
  }

  void note_peak(std::uint64_t bytes) { outcome_.peak_memory_bytes = std::max(outcome_.peak_memory_bytes, bytes); }

  /// Answers one call that the filter held: refused and recorded, or at Level::seccomp a signal that may pass.
  void answer_call() {
    const auto notification = receive_notification(listener_.get());
    if (!notification) {
      return;
    }
    const SignalTarget target = signal_target(*notification);
    if (target == SignalTarget::none) {
      record(call_name(notification->call));
      answer_notification(listener_.get(), *notification, ENOSYS);
    } else {
      const bool own = target == SignalTarget::own_group ||
                       (target == SignalTarget::process &&
                        descends_from(static_cast<pid_t>(notification->arguments[0]), jail_.init));
      answer_notification(listener_.get(), *notification, own ? 0 : EPERM);
    }
    // Closed, the listener no longer costs the supervisor anything: the kernel answers ENOSYS.
    if (++notifications_ >= (plan_.level == Level::seccomp ? kSignalsLimit : kNotificationsLimit)) {
      listener_.reset();
    }
  }

  void record(std::string name) {
    if (outcome_.refused_calls.size() < kRefusedCallsKept &&
        std::ranges::find(outcome_.refused_calls, name) == outcome_.refused_calls.end()) {
      outcome_.refused_calls.push_back(std::move(name));
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
    // A call that waits for an answer would keep its process alive.
    listener_.reset();
    if (plan_.level == Level::seccomp) {
      kill_tree(jail_.init);
    } else {
      syscall(SYS_pidfd_send_signal, jail_.init_handle.get(), SIGKILL, nullptr, 0);
    }
    jail_.control.reset();
    const Clock::time_point give_up = Clock::now() + kEndLimit;
    pollfd gone{jail_.init_handle.get(), POLLIN, 0};
    while (poll(&gone, 1, static_cast<int>(kTick.count())) <= 0) {
      drain_all();
      if (Clock::now() > give_up) {
        throw SandboxError(fmt::format("sandbox: process {} of a killed jail does not end", jail_.init));
      }
    }
    int status = 0;
    while (wait4(jail_.init, &status, __WALL, &usage_) < 0 && errno == EINTR) {
    }
    if (plan_.level == Level::seccomp && cgroup_) {
      cgroup_->kill_members();  // should the kernel have killed init first, for memory
    }
  }

  void judge() {
    const std::uint64_t memory_kills = cgroup_ ? cgroup_->memory_kills() : 0;
    if (!started_) {
      throw SandboxError(memory_kills > 0 ? "sandbox: the memory limit does not suffice for the jail itself"
                                          : "sandbox: the jail's first process ended before the program was started");
    }
    measure();
    if (stopped_) {
      outcome_.timed_out = outcome_.cause != Cause::memory;
      outcome_.exit_code = outcome_.timed_out ? -1 : -SIGKILL;
    } else if (!program_ended_ || WIFSIGNALED(wait_status_)) {
      // Without a report the kernel killed init, and with it the program.
      outcome_.cause = Cause::signaled;
      outcome_.signal = program_ended_ ? WTERMSIG(wait_status_) : SIGKILL;
      outcome_.exit_code = -*outcome_.signal;
    } else {
      outcome_.exit_code = WEXITSTATUS(wait_status_);
    }
    if (memory_kills > 0) {
      outcome_.cause = Cause::memory;
    }
  }

  void measure() {
    const auto time = [](const timeval& value) { return microseconds(value.tv_sec * 1'000'000 + value.tv_usec); };
    outcome_.cpu = std::max(time(usage_.ru_utime) + time(usage_.ru_stime) - set_up_cpu_, microseconds{0});
    outcome_.wall = duration_cast<microseconds>((program_ended_ ? end_ : Clock::now()) - begin_);
    note_peak(static_cast<std::uint64_t>(usage_.ru_maxrss) * 1024);
    if (const auto peak = cgroup_ ? cgroup_->peak_memory_bytes() : std::nullopt) {
      outcome_.peak_memory_bytes = *peak;
    }
  }

  StartedJail& jail_;
  const Plan& plan_;
  const Command& command_;
  const Cgroup* cgroup_;
  Turns::Turn turn_;
  const std::stop_token& stop_;
  Outcome outcome_;
  std::array<Stream, 2> streams_ = {Stream{jail_.standard_output.get(), outcome_.standard_output},
                                    Stream{jail_.standard_error.get(), outcome_.standard_error}};
  Descriptor scratch_;
  Descriptor listener_;
  int notifications_ = 0;
  microseconds set_up_cpu_{0};
  Clock::time_point next_look_;
  Clock::time_point begin_;
  Clock::time_point end_;
  bool started_ = false;
  bool program_ended_ = false;
  bool tree_gone_ = false;
  bool stopped_ = false;
  bool pausing_ = false;
  int wait_status_ = 0;
  rusage usage_{};
};

}  // namespace

void report_failure(const ControlMessage& message, const Plan& plan, const Command& command) {
  std::string object;
  const auto item = static_cast<std::size_t>(message.item);
  if (message.step == Step::execute) {
    object = fmt::format(" {}", command.arguments[0]);
  } else if (message.step == Step::files && item < command.files.size()) {
    object = fmt::format(" {}", command.files[item].name);
  } else if ((message.step == Step::sources || message.step == Step::mount_points) && item < plan.mount_points.size()) {
    object = fmt::format(" {}", plan.mount_points[item].path);
  } else if (message.step == Step::links && item < plan.links.size()) {
    object = fmt::format(" {}", plan.links[item].path);
  } else if (message.step == Step::scratch) {
    object = fmt::format(" {}", plan.scratch_directory);
  }
  std::string remedy;
  if (message.error == EACCES && plan.started_as_root) {
    if (message.step == Step::execute) {
      remedy = ". Remedy: the program is run as nobody (uid 65534), who must be able to reach and read this file";
    } else if (message.step == Step::scratch) {
      remedy = ". Remedy: the program is run as nobody (uid 65534): set TMPDIR to a folder that every user may enter";
    }
  }
  throw SandboxError(
      fmt::format("sandbox: {}{} failed: {}{}", to_string(message.step), object, std::strerror(message.error), remedy));
}

Outcome supervise(StartedJail& jail, const Plan& plan, const Command& command, const Cgroup* cgroup, Turns::Turn turn,
                  const std::stop_token& stop) {
  return Supervisor(jail, plan, command, cgroup, std::move(turn), stop).run();
}

}  // namespace qualm::sandbox
