// Theory of operation
//
// Three processes make one run:
//
//   supervisor  a thread of the harness, with the harness's rights (supervisor.cpp). It clones init, writes
//               its identity maps, puts it into a cgroup, then drains, measures and judges.
//   init        a clone of the harness in new namespaces (at Level::seccomp: in none, as subreaper). It builds the jail
//               with the capabilities that the new user namespace gave it and loses them before it forks the program.
//               It reaps; when the program has ended or the supervisor hangs up, it ends the tree. As PID 1 of its
//               namespace its own end kills what is left. It is not dumpable, so the program cannot look into it,
//               though they share an identity.
//   program     a child of init: never PID 1, where SIGKILL to oneself would be ignored. It only gives up rights, then
//               execs.
//
// Between them:
//
//   standard output and error: two pipes from the program to the supervisor.
//   control: a socket pair of packets (control.h). init and the program hold the same end, closed on exec. Downwards
//               "proceed" and, by hanging up, "end the tree"; upwards the scratch directory's descriptor, the filter's
//               listener, failed steps and the program's end.
//
// A failed step is reported with its name and errno and ends the process: the program never runs with less. Everything
// from clone to exec runs beside threads of the harness that do not exist in the copy: only async-signal-safe calls, no
// allocation, and raw system calls where the C library's would wait for those threads.
#include "sandbox/confinement.h"

#include <fcntl.h>
#include <linux/seccomp.h>
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
#include "sandbox/folders.h"
#include "sandbox/namespaces.h"

namespace qualm::sandbox {
namespace {

/// 0, 1, 2 and kControlDescriptor are ours, everything else the harness had open is closed.
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
    if (dup3(moved[i], static_cast<int>(i), i == kControlDescriptor ? O_CLOEXEC : 0) < 0 &&
        moved[i] != static_cast<int>(i)) {
      _exit(1);
    }
  }
  require_step(syscall(SYS_close_range, kControlDescriptor + 1, ~0U, 0) == 0, Step::descriptors);
}

/// init acts on no signal: the program may send it any, and its children's ends come by signalfd.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
}

void await_proceed() {
  pollfd waiting{kControlDescriptor, POLLIN, 0};
  while (poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
  ControlMessage message;
  Descriptor none;
  if (receive_message(kControlDescriptor, message, none) != Received::message) {
    _exit(1);
  }
}

void write_files(const Plan& plan, int scratch) {
  for (std::size_t i = 0; i < plan.files.size(); ++i) {
    const File& file = plan.files[i];
    const int item = static_cast<int>(i);
    require_step(make_folders(scratch, file.name.c_str(), false), Step::files, item);
    const int out = openat(scratch, file.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    require_step(out >= 0, Step::files, item);
    std::size_t done = 0;
    while (done < file.contents.size()) {
      const ssize_t wrote = write(out, file.contents.data() + done, file.contents.size() - done);
      if (wrote < 0 && errno == EINTR) {
        continue;
      }
      require_step(wrote > 0, Step::files, item);
      done += static_cast<std::size_t>(wrote);
    }
    require_step(close(out) == 0, Step::files, item);
  }
}

void set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  rlimit limit{};
  require_step(getrlimit(resource, &limit) == 0, Step::limits);
  // The harness may already run under a lower limit, which cannot be raised.
  limit.rlim_max = hard < limit.rlim_max ? hard : limit.rlim_max;
  limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
  require_step(setrlimit(resource, &limit) == 0, Step::limits);
}

void set_limits(const Plan& plan) {
  const Limits& limits = plan.limits;
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_NOFILE, limits.open_files, limits.open_files);
  set_limit(RLIMIT_FSIZE, limits.scratch_bytes, limits.scratch_bytes);
  if (plan.process_limit > 0) {
    set_limit(RLIMIT_NPROC, plan.process_limit, plan.process_limit);
  }
  set_limit(RLIMIT_MSGQUEUE, 0, 0);
  set_limit(RLIMIT_MEMLOCK, 65536, 65536);
  if (plan.data_limit) {
    set_limit(RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes);
  }
  // A process alone; the supervisor watches the tree and is earlier.
  const auto seconds = static_cast<rlim_t>(limits.cpu.count()) + 2;
  set_limit(RLIMIT_CPU, seconds, seconds);
}

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, nullptr);
  }
}

/// Installs the filter; the listener where it records, else -1.
int install_filter(const Plan& plan) {
  const sock_fprog program{static_cast<unsigned short>(plan.filter.size()),
                           const_cast<sock_filter*>(plan.filter.data())};  // NOLINT: the kernel's type, only read
  const unsigned flags = plan.recording ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  require_step(result >= 0, Step::filter);
  return plan.recording ? static_cast<int>(result) : -1;
}

/// Where memory runs out, the kernel takes the program and not the harness. Best effort: some containers forbid it.
void offer_to_the_out_of_memory_killer() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    static_cast<void>(!write(file, "1000", 4));
    close(file);
  }
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Hands a zygote's child to its runtime, with the standard descriptors and nothing else.
[[noreturn]] void continue_program(Continuation go_on, void* argument) {
  syscall(SYS_close_range, kControlDescriptor, ~0U, 0);
  unblock_signals();
  go_on(argument);
  _exit(1);
}

/// The program's process, from fork to exec.
[[noreturn]] void become_program(const Plan& plan, Continuation go_on, void* argument) {
  require_step(setsid() >= 0, Step::session);
  if (plan.level == Level::seccomp) {
    offer_to_the_out_of_memory_killer();  // before init, without which the tree would escape
  }
  set_limits(plan);
  if (plan.level == Level::seccomp && plan.started_as_root) {
    become_nobody();
    // A folder of the host, which may be out of nobody's reach.
    require_step(chdir(plan.scratch_directory.c_str()) == 0, Step::scratch);
  }
  require_step(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, Step::death_signal);
  if (go_on == nullptr) {
    reset_signals();
  } else {
    // The signals are as the runtime set them. Init hid itself, and with it its copy; exec would have ended that.
    require_step(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0, Step::capabilities);
  }
  umask(022);
  require_step(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, Step::no_new_privileges);
  const int listener = install_filter(plan);
  ControlMessage starting;
  starting.kind = ControlMessage::Kind::starting;
  require_step(send_message(kControlDescriptor, starting, listener), Step::execute);
  if (go_on != nullptr) {
    continue_program(go_on, argument);
  }
  unblock_signals();
  execve(plan.arguments.get()[0], plan.arguments.get(), plan.environment.get());
  fail_step(Step::execute);
}

/// Kills and reaps every descendant: orphans become this process's children, so none is left when there is no child.
/// The supervisor has done the killing before it hung up; this is for the day when it was killed itself.
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

/// Reaps until the supervisor hangs up, or until the program ends where that ends the tree too.
[[noreturn]] void watch(const Plan& plan, pid_t program, std::int64_t own_cpu_us) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  ControlMessage ended;
  ended.kind = ControlMessage::Kind::ended;
  ended.own_cpu_us = own_cpu_us;
  bool program_ended = false;
  std::array<pollfd, 2> events{};
  while (events[0].revents == 0) {
    events = {pollfd{kControlDescriptor, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    if (poll(events.data(), events.size(), -1) < 0 && errno != EINTR) {
      break;
    }
    signalfd_siginfo information{};
    while (read(signals, &information, sizeof information) > 0) {
    }
    int status = 0;
    pid_t reaped = 0;
    rusage used{};
    while ((reaped = static_cast<pid_t>(syscall(SYS_wait4, -1, &status, WNOHANG | __WALL, &used))) > 0) {
      ended.peak_kib = used.ru_maxrss > ended.peak_kib ? used.ru_maxrss : ended.peak_kib;
      if (reaped == program) {
        ended.wait_status = status;
        program_ended = true;
        send_message(kControlDescriptor, ended);
      }
    }
    if (program_ended && plan.level != Level::seccomp) {
      break;
    }
  }
  if (plan.level == Level::seccomp) {
    kill_descendants();
  }
  _exit(0);
}

std::int64_t own_cpu_microseconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

/// Opens the scratch directory, which is the working directory from here on, and hands it to the supervisor.
void prepare_scratch(const Plan& plan) {
  require_step(chdir(plan.scratch_directory.c_str()) == 0, Step::scratch);
  const int scratch = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  require_step(scratch >= 0, Step::scratch);
  ControlMessage ready;
  ready.kind = ControlMessage::Kind::scratch;
  require_step(send_message(kControlDescriptor, ready, scratch), Step::scratch);
  write_files(plan, scratch);
  close(scratch);
}

}  // namespace

// The order of confinement.
[[noreturn]] void run_init(const Plan& plan, const InheritedDescriptors& inherited, Continuation go_on,
                           void* argument) {
  arrange_descriptors(inherited);
  block_signals();
  require_step(setsid() >= 0, Step::session);
  await_proceed();
  if (plan.level == Level::seccomp) {
    require_step(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, Step::session);
  } else {
    offer_to_the_out_of_memory_killer();  // while the host's /proc is there; with init goes the tree
    enter_root(plan);
  }
  prepare_scratch(plan);
  if (plan.level != Level::seccomp) {
    drop_capabilities();
  }
  const std::int64_t own_cpu = own_cpu_microseconds();
  const pid_t program = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  require_step(program >= 0, Step::fork);
  if (program == 0) {
    become_program(plan, go_on, argument);
  }
  for (int standard = 0; standard < kControlDescriptor; ++standard) {
    close(standard);
  }
  watch(plan, program, own_cpu);
}

}  // namespace qualm::sandbox
