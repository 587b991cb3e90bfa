#include "languages/java/toolchain.h"

#include <fmt/format.h>

#include <utility>

#include "languages/judge.h"
#include "sandbox/trusted_process.h"

namespace qualm::languages::java {
namespace {

namespace fs = std::filesystem;

constexpr const char* remedy =
    "install Debian's default-jdk-headless (a JDK of version 17 or newer), or give --java-home PATH";

fs::path find_home(const Settings& settings) {
  if (!settings.java_home.empty()) return fs::absolute(settings.java_home);
  for (const char* tool : {"javac", "java"}) try {
      return fs::canonical(find_tool(tool, remedy)).parent_path().parent_path();
    } catch (const ToolchainError&) {
      continue;  // where neither is found, the message below names what to install
    }
  throw ToolchainError(fmt::format("no Java development kit in PATH; {}", remedy));
}

fs::path find_javatuples(const Settings& settings) {
  std::vector<fs::path> places = {"/usr/share/java/javatuples.jar", "/usr/multiple/javatuples-1.2.jar"};
  if (!settings.javatuples.empty()) places = {fs::absolute(settings.javatuples)};
  for (const fs::path& place : places)
    if (fs::is_regular_file(place)) return fs::canonical(place);
  throw ToolchainError(
      fmt::format("the javatuples library is not at {}; install Debian's libjavatuples-java, or give "
                  "--javatuples PATH",
                  fmt::join(std::vector<std::string>(places.begin(), places.end()), " or ")));
}

}  // namespace

Jdk inspect_jdk(const Settings& settings) {
  const fs::path home = find_home(settings);
  Jdk jdk{
      home, find_tool(home / "bin/java", remedy), find_tool(home / "bin/javac", remedy), find_javatuples(settings), {},
      {}};
  const sandbox::TrustedOutput answer = sandbox::run_trusted({jdk.javac.string(), "-version"});
  const std::string text = answer.standard_output.empty() ? answer.standard_error : answer.standard_output;
  if (answer.exit_code != 0 || !text.starts_with("javac "))
    throw ToolchainError(fmt::format("{} -version does not work (exit code {}): {}; {}", jdk.javac.string(),
                                     answer.exit_code, text, remedy));
  jdk.version = text.substr(6, text.find_first_of("\r\n") - 6);
  jdk.visible = system_libraries();
  jdk.visible.insert(jdk.visible.end(), {home, jdk.javatuples});
  // Debian keeps the files of a JDK's conf folder there, with links to them in the JDK.
  for (const fs::directory_entry& entry : fs::directory_iterator("/etc"))
    if (entry.path().filename().string().starts_with("java")) jdk.visible.push_back(entry.path());
  jdk.visible = existing(jdk.visible);
  return jdk;
}

sandbox::Command command_for(const Jdk& jdk, std::vector<std::string> arguments) {
  sandbox::Command command;
  command.arguments = std::move(arguments);
  command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8",
                         "CLASSPATH=" + jdk.javatuples.string()};
  command.visible = jdk.visible;
  return command;
}

std::string heap_option(const sandbox::Limits& limits) {
  return fmt::format("-Xmx{}k", limits.memory_bytes / 4 * 3 / 1024);
}

sandbox::Command compile_command(const Jdk& jdk, const std::string& program, const sandbox::Limits& limits) {
  // The compiler's own JVM: a short run, where the collector's threads and the second compiler only cost.
  sandbox::Command command = command_for(
      jdk, {jdk.javac.string(), "-J" + heap_option(limits), "-J-XX:-UsePerfData", "-J-XX:+UseSerialGC",
            "-J-XX:TieredStopAtLevel=1", "-encoding", "UTF8", "-d", "/tmp", std::string("/tmp/") + kSourceName});
  command.files = {{kSourceName, program}};
  command.collect_suffix = ".class";
  return command;
}

sandbox::Command run_command(const Jdk& jdk, std::vector<sandbox::File> classes, const sandbox::Limits& limits) {
  sandbox::Command command = command_for(jdk, {jdk.java.string(), heap_option(limits), "-XX:-UsePerfData", "-ea", "-cp",
                                               "/tmp:" + jdk.javatuples.string(), "Problem"});
  command.files = startable(std::move(classes));
  return command;
}

std::vector<sandbox::File> startable(std::vector<sandbox::File> classes) {
  std::erase_if(classes, [](const sandbox::File& file) { return file.name.find('/') != std::string::npos; });
  return classes;
}

}  // namespace qualm::languages::java
