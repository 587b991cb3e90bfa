#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/cgroup.h"
#include "sandbox/confinement.h"
#include "sandbox/descriptor.h"
#include "sandbox/error.h"
#include "sandbox/plan.h"
#include "sandbox/zygote_wire.h"

namespace qualm::sandbox {

/// The zygote has ended (killed, or out of memory) before it made a jail: nothing has run, another zygote can.
class ZygoteLost : public SandboxError {
 public:
  using SandboxError::SandboxError;
};

/// How a language starts its helper: a trusted program that ends up in serve_zygote (zygote_process.h).
struct ZygoteCommand {
  std::vector<std::string> arguments;    ///< arguments[0] is the absolute path of the executable
  std::vector<std::string> environment;  ///< NAME=value; nothing else is inherited
  int library = -1;                      ///< a descriptor handed on as kZygoteLibrary
};

/// The descriptors a zygote starts with, beside 0 (empty input), 1 and 2 (pipes that nobody reads).
inline constexpr int kZygoteSocket = 3;
inline constexpr int kZygoteMemory = 4;   ///< a memory file of kZygoteMemoryBytes, shared with the harness
inline constexpr int kZygoteLibrary = 5;  ///< ZygoteCommand::library
inline constexpr std::size_t kZygoteMemoryBytes = 4096;

/// A process with a runtime started in it, of which each program is a clone; see zygote_process.cpp. It serves one
/// jail at a time and is not safe to use from two threads at once.
class Zygote {
 public:
  /// Starts it; it gets ready while the caller goes on. Throws SandboxError.
  explicit Zygote(const ZygoteCommand& command);
  /// A copy of this one, which has not made a jail yet: it is ready at once. Throws ZygoteLost, SandboxError.
  [[nodiscard]] std::unique_ptr<Zygote> copy();
  /// Ends it. A jail that it made must have ended before.
  ~Zygote();
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  /// Makes the first process of a jail, which waits for "proceed" and is a child of this process. `task` reaches the
  /// language's side unread. Throws ZygoteLost, or SandboxError where the clone fails.
  [[nodiscard]] pid_t clone(const Plan& plan, const InheritedDescriptors& inherited, std::string_view task);

  /// The memory shared with the zygote and its clones. What is in it is untrusted while a jail runs.
  [[nodiscard]] std::span<volatile std::byte> memory() const { return {memory_, kZygoteMemoryBytes}; }

  /// The control group that the zygote is moved into at the first call, and with it all its clones; nullptr where
  /// there are no places. Throws SandboxError.
  [[nodiscard]] Cgroup* cgroup(const CgroupPlaces& places, const Limits& limits);

  [[nodiscard]] pid_t process() const { return process_; }

 private:
  /// The descriptors that a zygote process gets; those of this process stay in the object.
  struct Ends {
    Descriptor socket;
    Descriptor output;
    Descriptor memory;
  };
  Zygote() = default;  // without a process
  [[nodiscard]] Ends make_ends();
  [[nodiscard]] pid_t ask(ZygoteRequest head, const std::array<int, kZygoteDescriptors>& descriptors,
                          std::string_view plan, std::string_view task);

  pid_t process_ = -1;
  std::unique_ptr<Cgroup> cgroup_;
  Descriptor socket_;
  Descriptor output_;  ///< read end of the zygote's own standard output and error, kept open
  volatile std::byte* memory_ = nullptr;
};

}  // namespace qualm::sandbox
