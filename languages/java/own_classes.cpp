#include "languages/java/own_classes.h"

#include <fmt/format.h>

#include <utility>

extern "C" {
// From embedded_sources.S.
extern const char qualm_java_compile_server[];
extern const char qualm_java_compile_server_end[];
extern const char qualm_java_typical_program[];
extern const char qualm_java_typical_program_end[];
extern const char qualm_java_exports[];
extern const char qualm_java_exports_end[];
extern const char qualm_java_own_classes[];
extern const char qualm_java_own_classes_end[];
extern const char qualm_java_own_classes_version[];
}

namespace qualm::languages::java {

sandbox::File exports_file() { return {"exports.options", std::string(qualm_java_exports, qualm_java_exports_end)}; }

OwnClasses own_classes(const Jdk& jdk, const sandbox::Jail& jail, const sandbox::Limits& limits) {
  if (jdk.version == qualm_java_own_classes_version)
    return {{{"own.jar", std::string(qualm_java_own_classes, qualm_java_own_classes_end)}}, "/tmp/own.jar"};
  sandbox::Command command =
      command_for(jdk, {jdk.javac.string(), "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", kExportsOption,
                        "-encoding", "UTF8", "-d", "/tmp", "/tmp/CompileServer.java", "/tmp/TypicalProgram.java"});
  command.files = {exports_file(),
                   {"CompileServer.java", std::string(qualm_java_compile_server, qualm_java_compile_server_end)},
                   {"TypicalProgram.java", std::string(qualm_java_typical_program, qualm_java_typical_program_end)}};
  command.collect_suffix = ".class";
  sandbox::Outcome outcome = jail.run(command, limits);
  if (outcome.exit_code != 0)
    throw ToolchainError(
        fmt::format("{} {} cannot compile the compile server (exit code {}): {}; --runner=plain does "
                    "without it",
                    jdk.javac.string(), jdk.version, outcome.exit_code, outcome.standard_error));
  return {std::move(outcome.files), "/tmp"};
}

}  // namespace qualm::languages::java
