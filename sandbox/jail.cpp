#include "sandbox/jail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sandbox/confinement.h"
#include "sandbox/control.h"
#include "sandbox/descriptor.h"
#include "sandbox/error.h"
#include "sandbox/plan.h"
#include "sandbox/supervisor.h"

namespace qualm::sandbox {
namespace {

[[noreturn]] void throw_errno(const std::string& what) {
  throw SandboxError(fmt::format("sandbox: {} failed: {}", what, std::strerror(errno)));
}

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Pipe make_output_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("pipe2");
  }
  Pipe made{Descriptor(ends[0]), Descriptor(ends[1])};
  if (fcntl(made.read_end.get(), F_SETFL, O_NONBLOCK) != 0) {
    throw_errno("fcntl(O_NONBLOCK)");
  }
  return made;
}

/// A fresh directory of the host, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "qualm-scratch-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw_errno("mkdtemp " + pattern);
    }
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `text` with a leading `from` directory replaced by `to`; unchanged when it does not begin there.
std::string relocate(const std::string& text, const std::string& from, const std::string& to) {
  if (text == from) {
    return to;
  }
  return text.starts_with(from + "/") ? to + text.substr(from.size()) : text;
}

StartedJail start(const Plan& plan) {
  Pipe output = make_output_pipe();
  Pipe error = make_output_pipe();
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    throw_errno("socketpair");
  }
  Descriptor supervisor_end(sockets[0]);
  const Descriptor init_end(sockets[1]);
  const Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) {
    throw_errno("open /dev/null");
  }
  const InheritedDescriptors inherited{init_end.get(), null.get(), output.write_end.get(), error.write_end.get()};

  int handle = -1;
  const long child = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &handle, nullptr, nullptr);
  if (child < 0) {
    throw_errno("clone of the jail's first process");
  }
  if (child == 0) {
    run_init(plan, inherited);
  }
  StartedJail jail;
  jail.init = static_cast<pid_t>(child);
  jail.init_handle = Descriptor(handle);
  jail.control = std::move(supervisor_end);
  jail.standard_output = std::move(output.read_end);
  jail.standard_error = std::move(error.read_end);
  return jail;
}

}  // namespace

struct Jail::State {
  Level level;
};

Jail::Jail(Level level) : state_(std::make_unique<State>(State{level})) {}
Jail::~Jail() = default;

Level Jail::level() const { return state_->level; }

Outcome Jail::run(const Command& command, const Limits& limits) const {
  if (command.arguments.empty() || !command.arguments[0].starts_with('/')) {
    throw SandboxError("sandbox: the executable's path is not absolute");
  }
  const TemporaryDirectory scratch;
  Command moved = command;
  for (std::string& argument : moved.arguments) {
    argument = relocate(argument, command.scratch_directory, scratch.path());
  }
  for (std::string& variable : moved.environment) {
    const std::size_t value = variable.find('=') + 1;
    variable.replace(value, std::string::npos,
                     relocate(variable.substr(value), command.scratch_directory, scratch.path()));
  }
  moved.scratch_directory = scratch.path();
  const Plan plan(moved, limits, Level::seccomp, moved.arguments, moved.environment);
  StartedJail jail = start(plan);
  ControlMessage proceed;
  proceed.kind = ControlMessage::Kind::proceed;
  send_message(jail.control.get(), proceed);
  return supervise(jail, plan, moved);
}

std::vector<LayerReport> inspect_layers() { return {}; }

std::string to_string(Level level) {
  switch (level) {
    case Level::full: return "full";
    case Level::no_proc: return "no-proc";
    case Level::seccomp: return "seccomp";
  }
  return "unknown";
}

std::string to_string(Cause cause) {
  switch (cause) {
    case Cause::exited: return "exited";
    case Cause::signaled: return "signaled";
    case Cause::wall_timeout: return "wall timeout";
    case Cause::cpu_timeout: return "cpu timeout";
    case Cause::memory: return "memory";
  }
  return "unknown";
}

std::optional<Level> parse_level(const std::string& text) {
  for (const Level level : {Level::full, Level::no_proc, Level::seccomp}) {
    if (text == to_string(level)) {
      return level;
    }
  }
  return std::nullopt;
}

}  // namespace qualm::sandbox
