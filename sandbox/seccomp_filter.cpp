#include "sandbox/seccomp_filter.h"

#include <fmt/format.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "sandbox/descriptor.h"
#include "sandbox/error.h"
#include "sandbox/policy.h"

namespace qualm::sandbox {
namespace {

struct ReleaseFilter {
  void operator()(void* context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

void check(int result, const char* what) {
  if (result < 0) {
    throw SandboxError(fmt::format("sandbox: libseccomp refused {}: {}", what, std::strerror(-result)));
  }
}

/// The call's number here; std::nullopt where this architecture or libseccomp has no such call.
std::optional<int> number_of(const char* call) {
  const int number = seccomp_syscall_resolve_name(call);
  return number >= 0 ? std::optional<int>(number) : std::nullopt;
}

void add_groups(const Filter& filter, std::span<const CallGroup> groups, std::uint32_t action) {
  for (const CallGroup& group : groups) {
    for (const char* call : group.calls) {
      if (const auto number = number_of(call)) {
        check(seccomp_rule_add(filter.get(), action, *number, 0), call);
      }
    }
  }
}

void add_arguments(const Filter& filter, std::span<const ArgumentRule> rules, std::uint32_t action) {
  for (const ArgumentRule& rule : rules) {
    const auto number = number_of(rule.call);
    if (!number) {
      continue;
    }
    if (rule.mask == 0) {
      check(seccomp_rule_add(filter.get(), action, *number, 0), rule.call);
    } else {
      const scmp_arg_cmp comparison{rule.argument, SCMP_CMP_MASKED_EQ, rule.mask, rule.value};
      check(seccomp_rule_add_array(filter.get(), action, *number, 1, &comparison), rule.call);
    }
  }
}

/// EPERM for what the allowed arguments of refused_otherwise() leave.
void add_complements(const Filter& filter, std::span<const ArgumentRule> rules) {
  for (const ArgumentRule& rule : rules) {
    const auto number = number_of(rule.call);
    if (!number ||
        std::ranges::none_of(refused_otherwise(), [&](std::string_view call) { return call == rule.call; })) {
      continue;
    }
    const scmp_arg_cmp comparison{rule.argument, SCMP_CMP_NE, rule.value, 0};
    check(seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), *number, 1, &comparison), rule.call);
  }
}

std::vector<sock_filter> compiled(const Filter& filter) {
  const Descriptor memory(memfd_create("filter", MFD_CLOEXEC));
  if (!memory) {
    throw SandboxError(fmt::format("sandbox: memfd_create failed: {}", std::strerror(errno)));
  }
  check(seccomp_export_bpf(filter.get(), memory.get()), "to export the filter");
  const off_t size = lseek(memory.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  const std::size_t bytes = program.size() * sizeof(sock_filter);
  if (size <= 0 || pread(memory.get(), program.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
    throw SandboxError("sandbox: the exported filter cannot be read back");
  }
  return program;
}

}  // namespace

std::vector<sock_filter> build_filter(Level level, Unlisted unlisted) {
  const Filter filter(seccomp_init(unlisted == Unlisted::recorded ? SCMP_ACT_NOTIFY : SCMP_ACT_ERRNO(ENOSYS)));
  if (!filter) {
    throw SandboxError("sandbox: libseccomp cannot make a filter (is it older than 2.5?)");
  }
  check(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "to kill foreign calls");
  check(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "a sorted filter");
  const std::uint32_t refused = SCMP_ACT_ERRNO(EPERM);
  add_groups(filter, allowed_calls(), SCMP_ACT_ALLOW);
  add_groups(filter, refused_calls(), refused);
  add_arguments(filter, allowed_arguments(), SCMP_ACT_ALLOW);
  add_arguments(filter, allowed_arguments(level), SCMP_ACT_ALLOW);
  add_arguments(filter, refused_arguments(), refused);
  add_complements(filter, allowed_arguments());
  add_complements(filter, allowed_arguments(level));
  if (level == Level::seccomp) {
    // The default: the supervisor lets those through that name the program's own processes.
    if (unlisted != Unlisted::recorded) {
      add_groups(filter, calls_allowed_in_namespaces(), refused);
    }
  } else {
    add_groups(filter, calls_allowed_in_namespaces(), SCMP_ACT_ALLOW);
  }
  // clone3 keeps its flags in memory, out of a filter's sight; glibc falls back to clone on ENOSYS only.
  if (const auto clone3 = number_of("clone3"); clone3 && unlisted == Unlisted::recorded) {
    check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), *clone3, 0), "clone3");
  }
  return compiled(filter);
}

std::optional<Notification> receive_notification(int listener) {
  seccomp_notif_sizes sizes{};
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) {
    return std::nullopt;
  }
  alignas(seccomp_notif) std::array<std::byte, 1024> space{};
  if (sizes.seccomp_notif > space.size() || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, space.data()) != 0) {
    return std::nullopt;
  }
  seccomp_notif request{};
  std::memcpy(&request, space.data(), sizeof request);
  Notification notification;
  notification.id = request.id;
  notification.process = static_cast<int>(request.pid);
  notification.call = request.data.nr;
  notification.arguments[0] = request.data.args[0];
  notification.arguments[1] = request.data.args[1];
  return notification;
}

void answer_notification(int listener, const Notification& notification, int error) {
  alignas(seccomp_notif_resp) std::array<std::byte, 1024> space{};
  seccomp_notif_resp response{};
  response.id = notification.id;
  response.error = -error;
  response.flags = error == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
  std::memcpy(space.data(), &response, sizeof response);
  // A failure means that the process died meanwhile.
  static_cast<void>(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, space.data()));
}

std::string call_name(int call) {
  const std::unique_ptr<char, decltype(&std::free)> name(seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call),
                                                         &std::free);
  return name ? std::string(name.get()) : fmt::format("call {}", call);
}

}  // namespace qualm::sandbox
