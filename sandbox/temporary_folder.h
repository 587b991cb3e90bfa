#pragma once

#include <filesystem>
#include <string>

#include "sandbox/descriptor.h"

namespace qualm::sandbox {

/// A fresh folder of the host's folder for temporary files, removed with everything in it. While its owner lives it is
/// locked; the unlocked ones of killed owners are removed when the next of the kind is made ready.
class TemporaryFolder {
 public:
  /// Its name is `prefix` and some letters. Throws SandboxError.
  explicit TemporaryFolder(const std::string& prefix);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Removes what killed owners left under this prefix. Best effort: what cannot be removed does no harm.
  static void remove_abandoned(const std::string& prefix);

 private:
  std::filesystem::path path_;
  Descriptor lock_;  ///< the folder itself; closed in every process of a jail
};

}  // namespace qualm::sandbox
