#include "sandbox/zygote.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sandbox/plan_wire.h"
#include "sandbox/zygote_wire.h"

namespace qualm::sandbox {
namespace {

[[noreturn]] void throw_errno(const std::string& what, int error) {
  throw SandboxError(fmt::format("sandbox: zygote: {} failed: {}", what, std::strerror(error)));
}

/// A copy of `descriptor` out of the way of the numbers that a zygote starts with.
Descriptor above_fixed_numbers(int descriptor) {
  constexpr int kAbove = 64;
  Descriptor copy(fcntl(descriptor, F_DUPFD_CLOEXEC, kAbove));
  if (!copy) {
    throw_errno("fcntl(F_DUPFD_CLOEXEC)", errno);
  }
  return copy;
}

class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
    // A group of its own: the terminal's Ctrl-C is the harness's to act on.
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  posix_spawn_file_actions_t* actions() { return &actions_; }
  posix_spawnattr_t* attributes() { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// The head with the descriptors, the plan and the task, in one call as far as the socket takes them: each call wakes
/// the zygote.
bool send_request(int socket, ZygoteRequest head, const std::array<int, kZygoteDescriptors>& descriptors,
                  std::string_view plan, std::string_view task) {
  std::array<iovec, 3> parts = {iovec{&head, sizeof head}, iovec{const_cast<char*>(plan.data()), plan.size()},
                                iovec{const_cast<char*>(task.data()), task.size()}};  // NOLINT: only read
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> space{};
  header.msg_control = space.data();
  header.msg_controllen = space.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof descriptors);
  ssize_t sent = -1;
  do {
    sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < static_cast<ssize_t>(sizeof head)) {
    return false;
  }
  const std::size_t of_plan = std::min(static_cast<std::size_t>(sent) - sizeof head, plan.size());
  const std::size_t of_task = static_cast<std::size_t>(sent) - sizeof head - of_plan;
  return send_all(socket, plan.substr(of_plan)) && send_all(socket, task.substr(of_task));
}

}  // namespace

Zygote::Ends Zygote::make_ends() {
  Ends ends;
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    throw_errno("socketpair", errno);
  }
  socket_ = Descriptor(pair[0]);
  const timeval patience{60, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ends.socket = above_fixed_numbers(Descriptor(pair[1]).get());
  if (pipe2(pair.data(), O_CLOEXEC) != 0) {
    throw_errno("pipe2", errno);
  }
  output_ = Descriptor(pair[0]);
  ends.output = above_fixed_numbers(Descriptor(pair[1]).get());
  ends.memory = above_fixed_numbers(Descriptor(memfd_create("qualm", MFD_CLOEXEC)).get());
  if (ftruncate(ends.memory.get(), kZygoteMemoryBytes) != 0) {
    throw_errno("ftruncate", errno);
  }
  void* memory = mmap(nullptr, kZygoteMemoryBytes, PROT_READ | PROT_WRITE, MAP_SHARED, ends.memory.get(), 0);
  if (memory == MAP_FAILED) {
    throw_errno("mmap", errno);
  }
  memory_ = static_cast<volatile std::byte*>(memory);
  return ends;
}

std::unique_ptr<Zygote> Zygote::copy() {
  std::unique_ptr<Zygote> made(new Zygote);  // NOLINT: the constructor is private
  const Ends ends = made->make_ends();
  ZygoteRequest head;
  head.kind = ZygoteRequest::Kind::copy;
  made->process_ = ask(head, {ends.socket.get(), ends.memory.get(), ends.output.get(), ends.output.get()}, {}, {});
  return made;
}

Zygote::Zygote(const ZygoteCommand& command) {
  const Ends ends = make_ends();
  const Descriptor library = above_fixed_numbers(command.library);

  SpawnSettings settings;
  posix_spawn_file_actions_addopen(settings.actions(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(settings.actions(), ends.output.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(settings.actions(), ends.output.get(), STDERR_FILENO);
  posix_spawn_file_actions_adddup2(settings.actions(), ends.socket.get(), kZygoteSocket);
  posix_spawn_file_actions_adddup2(settings.actions(), ends.memory.get(), kZygoteMemory);
  posix_spawn_file_actions_adddup2(settings.actions(), library.get(), kZygoteLibrary);
  posix_spawn_file_actions_addchdir_np(settings.actions(), "/");
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = command.environment;
  const int failed = posix_spawn(&process_, arguments[0].c_str(), settings.actions(), settings.attributes(),
                                 pointers_to(arguments).data(), pointers_to(environment).data());
  if (failed != 0) {
    munmap(const_cast<std::byte*>(memory_), kZygoteMemoryBytes);  // NOLINT: the harness's own mapping
    throw_errno("start of " + command.arguments[0], failed);
  }
}

Zygote::~Zygote() {
  socket_.reset();
  if (process_ > 0) {
    kill(process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (memory_ != nullptr) {
    munmap(const_cast<std::byte*>(memory_), kZygoteMemoryBytes);  // NOLINT: the harness's own mapping
  }
}

Cgroup* Zygote::cgroup(const CgroupPlaces& places, const Limits& limits) {
  if (cgroup_ == nullptr && places.version != 0) {
    auto made = std::make_unique<Cgroup>(places, limits, 2);  // the zygote and the jail's init
    made->add(process_);
    cgroup_ = std::move(made);
  }
  return cgroup_.get();
}

pid_t Zygote::clone(const Plan& plan, const InheritedDescriptors& inherited, std::string_view task) {
  const std::string bytes = to_wire(plan);
  ZygoteRequest head;
  head.plan_bytes = bytes.size();
  head.task_bytes = task.size();
  return ask(head, {inherited.control, inherited.standard_input, inherited.standard_output, inherited.standard_error},
             bytes, task);
}

pid_t Zygote::ask(ZygoteRequest head, const std::array<int, kZygoteDescriptors>& descriptors, std::string_view plan,
                  std::string_view task) {
  ZygoteAnswer answer;
  bool answered = send_request(socket_.get(), head, descriptors, plan, task);
  if (answered) {
    ssize_t got = -1;
    do {
      got = recv(socket_.get(), &answer, sizeof answer, MSG_WAITALL);
    } while (got < 0 && errno == EINTR);
    answered = got == static_cast<ssize_t>(sizeof answer);
  }
  if (!answered) {
    std::array<char, 1024> said{};
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    const ssize_t size = read(output_.get(), said.data(), said.size());
    throw ZygoteLost(fmt::format("sandbox: the zygote {} has ended: {}", process_,
                                 std::string_view(said.data(), size > 0 ? static_cast<std::size_t>(size) : 0)));
  }
  if (answer.process <= 0) {
    throw_errno("a clone", answer.error);
  }
  return answer.process;
}

}  // namespace qualm::sandbox
