#pragma once

namespace qualm::sandbox {

/// Makes the folders above `path` in the folder `root`, and `path` itself as a folder where asked; a leading '/' means
/// `root` too. False with errno on failure. Async-signal-safe.
bool make_folders(int root, const char* path, bool itself);

}  // namespace qualm::sandbox
