#pragma once

#include <string>

namespace qualm::sandbox {

/// What a zygote calls around each clone, so that the runtime in it (an interpreter) can get ready.
struct ForkHooks {
  void (*before)() = nullptr;
  void (*after_in_zygote)() = nullptr;
};

/// The life of a zygote: makes one jail a request that arrives on `socket`, as sandbox/zygote.h sends them.
/// Returns true in the program's process of each jail, confined and behind its filter, with only descriptors 0, 1 and
/// 2 open and `task` set to what the language sent; returns false in the zygote itself, when the harness has hung up.
/// Must be called in a process with one thread.
[[nodiscard]] bool serve_zygote(int socket, const ForkHooks& hooks, std::string& task);

}  // namespace qualm::sandbox
