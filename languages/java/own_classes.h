#pragma once

#include <string>
#include <vector>

#include "languages/java/toolchain.h"

namespace qualm::languages::java {

/// CompileServer.java and TypicalProgram.java, compiled, for the /tmp of a jail.
struct OwnClasses {
  std::vector<sandbox::File> files;
  std::string class_path;
};

/// A jar that was compiled with Qualm where `jdk` is of the version that compiled it: javac's inner interfaces, which
/// the server uses, differ from one version to the next, so that any other JDK compiles them here, in a jail. Throws
/// ToolchainError with javac's output, SandboxError.
[[nodiscard]] OwnClasses own_classes(const Jdk& jdk, const sandbox::Jail& jail, const sandbox::Limits& limits);

/// The file of options for java and javac that opens javac's inner interfaces to the compile server.
[[nodiscard]] sandbox::File exports_file();
inline constexpr const char* kExportsOption = "@/tmp/exports.options";

}  // namespace qualm::languages::java
