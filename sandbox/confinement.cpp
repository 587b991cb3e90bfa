#include "sandbox/confinement.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sandbox/control.h"

namespace qualm::sandbox {
namespace {

constexpr int kControl = 3;
constexpr uid_t kNobody = 65534;

[[noreturn]] void fail(Step step, int item = -1) {
  ControlMessage message;
  message.kind = ControlMessage::Kind::failed;
  message.step = step;
  message.error = errno;
  message.item = item;
  send_message(kControl, message);
  _exit(1);
}

void require(bool succeeded, Step step, int item = -1) {
  if (!succeeded) {
    fail(step, item);
  }
}

/// 0, 1, 2 and kControl are ours, everything else the harness had open is closed.
void arrange_descriptors(const InheritedDescriptors& inherited) {
  constexpr int kAbove = 64;
  const std::array<int, 4> sources = {inherited.standard_input, inherited.standard_output, inherited.standard_error,
                                      inherited.control};
  std::array<int, 4> moved{};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    moved[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, kAbove);
    if (moved[i] < 0) {
      _exit(1);
    }
  }
  for (std::size_t i = 0; i < moved.size(); ++i) {
    if (dup3(moved[i], static_cast<int>(i), i == kControl ? O_CLOEXEC : 0) < 0 && moved[i] != static_cast<int>(i)) {
      _exit(1);
    }
  }
  require(syscall(SYS_close_range, kControl + 1, ~0U, 0) == 0, Step::descriptors);
}

void await_proceed() {
  pollfd waiting{kControl, POLLIN, 0};
  while (poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
  ControlMessage message;
  Descriptor none;
  if (receive_message(kControl, message, none) != Received::message) {
    _exit(1);
  }
}

void write_files(const Plan& plan, int scratch) {
  for (std::size_t i = 0; i < plan.files.size(); ++i) {
    const File& file = plan.files[i];
    const int item = static_cast<int>(i);
    const int out = openat(scratch, file.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    require(out >= 0, Step::files, item);
    std::size_t done = 0;
    while (done < file.contents.size()) {
      const ssize_t wrote = write(out, file.contents.data() + done, file.contents.size() - done);
      if (wrote < 0 && errno == EINTR) {
        continue;
      }
      require(wrote > 0, Step::files, item);
      done += static_cast<std::size_t>(wrote);
    }
    require(close(out) == 0, Step::files, item);
  }
}

void set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  require(setrlimit(resource, &limit) == 0, Step::limits);
}

void set_limits(const Plan& plan) {
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_NOFILE, plan.limits.open_files, plan.limits.open_files);
  set_limit(RLIMIT_FSIZE, plan.limits.scratch_bytes, plan.limits.scratch_bytes);
}

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The program's process, from fork to exec.
[[noreturn]] void become_program(const Plan& plan) {
  require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, Step::death_signal);
  require(setsid() >= 0, Step::session);
  reset_signals();
  umask(022);
  set_limits(plan);
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, Step::no_new_privileges);
  ControlMessage starting;
  starting.kind = ControlMessage::Kind::starting;
  require(send_message(kControl, starting), Step::execute);
  execve(plan.arguments.get()[0], plan.arguments.get(), plan.environment.get());
  fail(Step::execute);
}

/// Kills and reaps every descendant: orphans become this process's children, so none is left when there is no child.
void kill_descendants() {
  const int self = static_cast<int>(syscall(SYS_gettid));
  char path[64] = "/proc/self/task/";
  char digits[16];
  int count = 0;
  for (int rest = self; rest > 0; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  std::size_t end = 16;
  while (count > 0) {
    path[end++] = digits[--count];
  }
  for (const char* tail = "/children"; *tail != 0; ++tail) {
    path[end++] = *tail;
  }
  for (;;) {
    const int list = open(path, O_RDONLY | O_CLOEXEC);
    if (list >= 0) {
      char text[4096];
      pid_t number = 0;
      ssize_t got = 0;
      while ((got = read(list, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < got; ++i) {
          if (text[i] >= '0' && text[i] <= '9') {
            number = number * 10 + (text[i] - '0');
          } else if (number > 0) {
            kill(number, SIGKILL);
            number = 0;
          }
        }
      }
      close(list);
    }
    pid_t reaped = 0;
    while ((reaped = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (reaped < 0 && errno == ECHILD) {
      return;
    }
    const timespec pause{0, 200'000};
    nanosleep(&pause, nullptr);
  }
}

/// Reaps until the program ends or the supervisor hangs up, then ends the tree.
[[noreturn]] void watch(pid_t program, std::int64_t own_cpu_us) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  ControlMessage ended;
  ended.kind = ControlMessage::Kind::ended;
  ended.own_cpu_us = own_cpu_us;
  bool over = false;
  while (!over) {
    std::array<pollfd, 2> events = {pollfd{kControl, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    if (poll(events.data(), events.size(), -1) < 0 && errno != EINTR) {
      break;
    }
    signalfd_siginfo information{};
    while (read(signals, &information, sizeof information) > 0) {
    }
    int status = 0;
    pid_t reaped = 0;
    while ((reaped = waitpid(-1, &status, WNOHANG)) > 0) {
      if (reaped == program) {
        ended.wait_status = status;
        over = true;
      }
    }
    if (over) {
      send_message(kControl, ended);
    } else if (events[0].revents != 0) {
      over = true;
    }
  }
  kill_descendants();
  _exit(0);
}

std::int64_t own_cpu_microseconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

}  // namespace

[[noreturn]] void run_init(const Plan& plan, const InheritedDescriptors& inherited) {
  arrange_descriptors(inherited);
  require(setsid() >= 0, Step::session);
  require(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, Step::session);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  await_proceed();
  require(chdir(plan.scratch_directory.c_str()) == 0, Step::working_directory);
  const int scratch = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  require(scratch >= 0, Step::scratch);
  write_files(plan, scratch);
  ControlMessage ready;
  ready.kind = ControlMessage::Kind::scratch;
  require(send_message(kControl, ready, scratch), Step::scratch);
  close(scratch);

  const std::int64_t own_cpu = own_cpu_microseconds();
  const pid_t program = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  require(program >= 0, Step::fork);
  if (program == 0) {
    become_program(plan);
  }
  for (int standard = 0; standard < kControl; ++standard) {
    close(standard);
  }
  watch(program, own_cpu);
}

}  // namespace qualm::sandbox
