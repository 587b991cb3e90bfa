#pragma once

#include <string>

namespace qualm::sandbox {

/// The life of a zygote: makes one jail a request that arrives on `own_socket`, as sandbox/zygote.h sends them.
/// Returns true in the program's process of each jail, confined and behind its filter, with only descriptors 0, 1 and
/// 2 open and `task` set to what the language sent; returns false in the zygote itself, when the harness has hung up.
/// `on_copy` is called in a copy of the zygote, to put the copy's shared memory in the original's place.
/// `own_socket` is kZygoteSocket. Must be called in a process with one thread: a runtime's state is then the same in a
/// clone, and needs nothing of what runtimes do around a fork.
[[nodiscard]] bool serve_zygote(int own_socket, void (*on_copy)(int memory), std::string& task);

}  // namespace qualm::sandbox
