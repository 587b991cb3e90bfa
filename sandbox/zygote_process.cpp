// The zygote's side of sandbox/zygote.h. Theory of operation:
//
// A zygote is a process of the harness's own rights with a runtime already started in it. A request makes one jail:
//
//   zygote   clones init as vfork does: init borrows the zygote's memory, on a stack of its own, and the zygote stands
//            still until init ends. So a zygote serves one jail at a time, and init costs no copy of the memory.
//   init     is the harness's child (CLONE_PARENT), so that the harness supervises and reaps it as any other jail's. It
//            goes through the order of confinement of confinement.cpp.
//   program  is cloned from init with a copy of the memory, confined and filtered as every program is. Where another
//            program execs, this one goes on in its copy of the zygote's stack, at the call of serve_zygote.
//
// The program shares no memory with the zygote; what it does to its copy ends with it.
#include "sandbox/zygote_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sandbox/confinement.h"
#include "sandbox/control.h"
#include "sandbox/descriptor.h"
#include "sandbox/namespaces.h"
#include "sandbox/plan_wire.h"
#include "sandbox/zygote.h"
#include "sandbox/zygote_wire.h"

namespace qualm::sandbox {
namespace {

constexpr std::size_t kInitStackBytes = 256 << 10;
constexpr std::uint64_t kRequestLimit = 1ULL << 30;
constexpr int kAboveFixedNumbers = 64;

struct Request {
  ZygoteRequest::Kind kind = ZygoteRequest::Kind::jail;
  std::array<Descriptor, kZygoteDescriptors> descriptors;
  std::string plan;
  std::string task;
};

bool receive_all(int socket, void* bytes, std::size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = recv(socket, at, size, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return false;
    }
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<Request> receive_request(int socket) {
  ZygoteRequest head;
  iovec part{&head, sizeof head};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kZygoteDescriptors)> space{};
  header.msg_control = space.data();
  header.msg_controllen = space.size();
  ssize_t got = -1;
  do {
    got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (got != static_cast<ssize_t>(sizeof head) || rights == nullptr || rights->cmsg_type != SCM_RIGHTS ||
      rights->cmsg_len != CMSG_LEN(sizeof(int) * kZygoteDescriptors) || head.plan_bytes > kRequestLimit ||
      head.task_bytes > kRequestLimit) {
    return std::nullopt;
  }
  std::array<int, kZygoteDescriptors> numbers{};
  std::memcpy(numbers.data(), CMSG_DATA(rights), sizeof numbers);
  Request request;
  request.kind = head.kind;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    request.descriptors[i] = Descriptor(numbers[i]);
  }
  request.plan.resize(head.plan_bytes);
  request.task.resize(head.task_bytes);
  if (!receive_all(socket, request.plan.data(), request.plan.size()) ||
      !receive_all(socket, request.task.data(), request.task.size())) {
    return std::nullopt;
  }
  return request;
}

void send_answer(int socket, pid_t process, int error) {
  const ZygoteAnswer answer{process, error};
  static_cast<void>(send(socket, &answer, sizeof answer, MSG_NOSIGNAL));
}

/// The stack of init, with a page below it that faults.
class Stack {
 public:
  Stack() {
    void* memory =
        mmap(nullptr, kInitStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory != MAP_FAILED) {
      base_ = static_cast<char*>(memory);
      mprotect(base_, 4096, PROT_NONE);
    }
  }
  ~Stack() {
    if (base_ != nullptr) {
      munmap(base_, kInitStackBytes);
    }
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  [[nodiscard]] char* top() const { return base_ == nullptr ? nullptr : base_ + kInitStackBytes; }

 private:
  char* base_ = nullptr;
};

/// What init and the program need from the zygote's stack; they find it by address, in shared or copied memory.
struct Clone {
  const Plan* plan = nullptr;
  InheritedDescriptors inherited;
  int socket = -1;
  pid_t init = -1;  ///< written by the kernel before init runs
  ucontext_t zygote{};
  volatile bool in_program = false;
};

int run_cloned_init(void* argument) {
  auto* clone = static_cast<Clone*>(argument);
  send_answer(clone->socket, clone->init, 0);
  run_init(
      *clone->plan, clone->inherited,
      [](void* continued) {
        auto* in_copy = static_cast<Clone*>(continued);
        in_copy->in_program = true;
        setcontext(&in_copy->zygote);
        _exit(1);
      },
      clone);
}

/// A network namespace with nothing in it, kept for one jail after another: making one takes longer than all other
/// namespaces together. Only root can without making a user namespace too; others get a new one for each jail.
class EmptyNetwork {
 public:
  EmptyNetwork() { renew(); }
  [[nodiscard]] bool available() const { return available_; }

  /// Once a jail has ended no name may be left in it. The program's processes are gone, and sockets other than AF_UNIX
  /// ones cannot be made; System V objects live in a namespace of each jail's own.
  void check() {
    if (available_ && !is_empty()) {
      renew();
    }
  }

 private:
  void renew() { available_ = unshare(CLONE_NEWNET) == 0 && is_empty(); }

  static bool is_empty() {
    const Descriptor file(open("/proc/self/net/unix", O_RDONLY | O_CLOEXEC));
    std::array<char, 512> text{};
    const ssize_t size = file ? read(file.get(), text.data(), text.size()) : -1;
    // One line: the headings.
    return size > 0 && std::memchr(text.data(), '\n', static_cast<std::size_t>(size)) == text.data() + size - 1;
  }

  bool available_ = false;
};

/// Makes the jail of `plan`. True in the program, false in the zygote after init's end.
bool clone_into_jail(Clone& clone, const Stack& stack, bool in_empty_network) {
  std::uint64_t namespaces = clone.plan->level == Level::seccomp ? 0 : namespace_flags();
  if (in_empty_network) {
    namespaces &= ~static_cast<std::uint64_t>(CLONE_NEWNET);
  }
  const int flags =
      static_cast<int>(namespaces | CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD);
  // The program comes back here a second time, on its own copy of this stack.
  getcontext(&clone.zygote);
  if (clone.in_program) {
    return true;
  }
  if (::clone(run_cloned_init, stack.top(), flags, &clone, &clone.init) < 0) {
    send_answer(clone.socket, -1, errno);
  }
  return false;
}

/// Makes the root directory of all jails at the first, where the zygote has the rights; says so in each plan.
class PreparedRoot {
 public:
  /// False with errno set where `plan` shows other paths than the first did. A step that fails ends the zygote and
  /// tells the supervisor on the jail's control socket, which takes the zygote's own socket's place meanwhile.
  bool use(Plan& plan, int control, int socket) {
    if (!plan.started_as_root || plan.level == Level::seccomp || shows_inside_scratch(plan)) {
      return true;
    }
    plan.root_is_prepared = true;
    if (prepared_) {
      errno = EINVAL;
      return std::ranges::equal(mount_points_, plan.mount_points, {}, &MountPoint::path, &MountPoint::path);
    }
    mount_points_ = plan.mount_points;
    prepared_ = true;
    if (dup3(control, kControlDescriptor, O_CLOEXEC) < 0) {
      return false;
    }
    enter_zygote_root(plan);
    return dup3(socket, kControlDescriptor, O_CLOEXEC) >= 0;
  }

 private:
  /// What lies inside the scratch directory has to be mounted after it.
  static bool shows_inside_scratch(const Plan& plan) {
    const auto inside = [&](const std::string& path) { return path.starts_with(plan.scratch_directory + "/"); };
    return std::ranges::any_of(plan.mount_points, inside, &MountPoint::path) ||
           std::ranges::any_of(plan.links, inside, &VisibleLink::path);
  }

  bool prepared_ = false;
  std::vector<MountPoint> mount_points_;
};

/// Makes a copy of this process, a child of the harness too, which from then on has nothing of the original's but its
/// memory.
void copy_zygote(Request& request, Descriptor& socket, void (*on_copy)(int memory)) {
  auto& [new_socket, memory, output, unused] = request.descriptors;
  const long copy = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (copy != 0) {
    send_answer(socket.get(), static_cast<pid_t>(copy), copy < 0 ? errno : 0);
    return;
  }
  on_copy(memory.get());
  if (dup3(new_socket.get(), kZygoteSocket, O_CLOEXEC) < 0 || dup2(output.get(), STDOUT_FILENO) < 0 ||
      dup2(output.get(), STDERR_FILENO) < 0) {
    _exit(1);
  }
  socket = std::move(new_socket);
}

}  // namespace

bool serve_zygote(int own_socket, void (*on_copy)(int memory), std::string& task) {
  static_assert(kControlDescriptor == kZygoteSocket);
  Descriptor moved(fcntl(own_socket, F_DUPFD_CLOEXEC, kAboveFixedNumbers));
  const Stack stack;
  std::optional<EmptyNetwork> network;  // made with the first jail: a copy must not share it
  PreparedRoot root;
  while (auto request = receive_request(moved.get())) {
    if (request->kind == ZygoteRequest::Kind::copy) {
      if (network) {
        send_answer(moved.get(), -1, EBUSY);
      } else {
        copy_zygote(*request, moved, on_copy);
      }
      continue;
    }
    const int socket = moved.get();
    if (!network) {
      network.emplace();
    }
    auto received = std::make_unique<const ReceivedPlan>(from_wire(request->plan));
    Clone clone;
    clone.plan = received->plan.get();
    clone.socket = socket;
    clone.inherited = {request->descriptors[0].get(), request->descriptors[1].get(), request->descriptors[2].get(),
                       request->descriptors[3].get()};
    task = request->task;
    if (!root.use(*received->plan, clone.inherited.control, socket)) {
      send_answer(socket, -1, errno);
      continue;
    }
    // The init before it took this away, from the memory that it shared: without it the harness could not write the
    // identity maps.
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (stack.top() == nullptr) {
      send_answer(socket, -1, ENOMEM);
    } else if (clone_into_jail(clone, stack, network->available())) {
      for (Descriptor& closed : request->descriptors) {
        closed.release();  // confinement closed them; their numbers may be others' by now
      }
      // Not freed: that would write to pages, each of which is copied then.
      static_cast<void>(received.release());
      static_cast<void>(new Request(std::move(*request)));
      return true;
    }
    network->check();
  }
  return false;
}

}  // namespace qualm::sandbox
