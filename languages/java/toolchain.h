#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "languages/language.h"
#include "sandbox/jail.h"

namespace qualm::languages::java {

/// A Java development kit of this machine and the library that programs may use.
struct Jdk {
  std::filesystem::path home;
  std::filesystem::path java;
  std::filesystem::path javac;
  std::filesystem::path javatuples;            ///< the jar
  std::string version;                         ///< of javac: "17.0.15"
  std::vector<std::filesystem::path> visible;  ///< what a program of it has to see
};

/// Finds and asks the JDK and the library that `settings` name. Throws ToolchainError.
[[nodiscard]] Jdk inspect_jdk(const Settings& settings);

/// Name of the source file. Not Problem.java: at MultiPL-E's, a `public class Problem` is an error, since its file is
/// named otherwise.
inline constexpr const char* kSourceName = "tmpprogram_.java";

/// A command with these arguments that sees the JDK and has the environment of all Java programs.
[[nodiscard]] sandbox::Command command_for(const Jdk& jdk, std::vector<std::string> arguments);

/// The JVM's share of the memory limit, as its option.
[[nodiscard]] std::string heap_option(const sandbox::Limits& limits);

/// `javac -encoding UTF8 -d /tmp FILE`; class files are collected.
[[nodiscard]] sandbox::Command compile_command(const Jdk& jdk, const std::string& program,
                                               const sandbox::Limits& limits);

/// `java -ea -cp /tmp:JAVATUPLES Problem` over compiled classes.
[[nodiscard]] sandbox::Command run_command(const Jdk& jdk, std::vector<sandbox::File> classes,
                                           const sandbox::Limits& limits);

/// Those of the unnamed package: classes of a named package lie in folders, and none of them can be started.
[[nodiscard]] std::vector<sandbox::File> startable(std::vector<sandbox::File> classes);

}  // namespace qualm::languages::java
