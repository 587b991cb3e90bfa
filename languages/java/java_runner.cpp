#include "languages/java/java_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "languages/judge.h"
#include "sandbox/trusted_process.h"

namespace qualm::languages::java {
namespace {

namespace fs = std::filesystem;

constexpr const char* remedy = "install Debian's default-jdk-headless (a JDK of version 17 or newer), or give --java-home PATH";
// Not Problem.java: at MultiPL-E's, a `public class Problem` is an error, since its file is named otherwise.
constexpr const char* source_name = "tmpprogram_.java";

struct Jdk {
  fs::path java;
  fs::path javac;
  fs::path javatuples;
  std::string version;
  std::vector<fs::path> visible;
};

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
  throw ToolchainError(fmt::format("the javatuples library is not at {}; install Debian's libjavatuples-java, or give "
                                   "--javatuples PATH", fmt::join(std::vector<std::string>(places.begin(), places.end()), " or ")));
}

Jdk inspect(const Settings& settings) {
  const fs::path home = find_home(settings);
  Jdk jdk{find_tool(home / "bin/java", remedy), find_tool(home / "bin/javac", remedy), find_javatuples(settings), {}, {}};
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

class PlainRunner : public Runner {
 public:
  explicit PlainRunner(const Settings& settings)
      : jdk_(inspect(settings)), limits_(limits_of(settings)), jail_(settings.level) {
    limits_.address_space_limit_allowed = false;
  }

  [[nodiscard]] datasets::Execution run(const Program& whole, const std::stop_token& stop) const override {
    const std::string& program = whole.text;
    const sandbox::Outcome compiled = jail_.run(compile_command(program), limits_, stop);
    datasets::Execution execution{result_of(program, compiled), measures_of(compiled)};
    if (compiled.exit_code != 0) {
      execution.result.status = "SyntaxError";
      execution.measures.cause = compiled.cause == sandbox::Cause::exited ? "compile error" : "compile " + execution.measures.cause;
      return execution;
    }
    const sandbox::Outcome ran = jail_.run(run_command(compiled.files), limits_, stop);
    execution.result = result_of(program, ran);
    execution.result.status = ran.timed_out ? "Timeout" : ran.exit_code == 0 ? "OK" : "Exception";
    add(execution.measures, measures_of(ran));
    return execution;
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> versions() const override {
    return {{"javac", jdk_.version}, {"javatuples", jdk_.javatuples.filename().string()}};
  }

 private:
  [[nodiscard]] std::string heap_limit() const { return fmt::format("-Xmx{}k", limits_.memory_bytes / 4 * 3 / 1024); }

  [[nodiscard]] sandbox::Command command_for(std::vector<std::string> arguments) const {
    sandbox::Command command;
    command.arguments = std::move(arguments);
    command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8",
                           "CLASSPATH=" + jdk_.javatuples.string()};
    command.visible = jdk_.visible;
    return command;
  }

  [[nodiscard]] sandbox::Command compile_command(const std::string& program) const {
    // The compiler's own JVM: a short run, where the collector's threads and the second compiler only cost.
    sandbox::Command command =
        command_for({jdk_.javac.string(), "-J" + heap_limit(), "-J-XX:-UsePerfData", "-J-XX:+UseSerialGC",
                     "-J-XX:TieredStopAtLevel=1", "-encoding", "UTF8", "-d", "/tmp", std::string("/tmp/") + source_name});
    command.files = {{source_name, program}};
    command.collect_suffix = ".class";
    return command;
  }

  [[nodiscard]] sandbox::Command run_command(std::vector<sandbox::File> classes) const {
    sandbox::Command command = command_for({jdk_.java.string(), heap_limit(), "-XX:-UsePerfData", "-ea", "-cp",
                                            "/tmp:" + jdk_.javatuples.string(), "Problem"});
    // Classes of a named package lie in folders; such a file holds no class Problem that could be started.
    std::erase_if(classes, [](const sandbox::File& file) { return file.name.find('/') != std::string::npos; });
    command.files = std::move(classes);
    return command;
  }

  static void add(datasets::ExecutionMeasures& compile, const datasets::ExecutionMeasures& run) {
    compile.cause = run.cause;
    compile.cpu += run.cpu;
    compile.wall += run.wall;
    compile.peak_memory_bytes = std::max(compile.peak_memory_bytes, run.peak_memory_bytes);
    for (const std::string& call : run.refused_calls)
      if (std::find(compile.refused_calls.begin(), compile.refused_calls.end(), call) == compile.refused_calls.end())
        compile.refused_calls.push_back(call);
  }

  Jdk jdk_;
  sandbox::Limits limits_;
  sandbox::Jail jail_;
};

}  // namespace

std::unique_ptr<Runner> make_plain_runner(const Settings& settings) { return std::make_unique<PlainRunner>(settings); }

}  // namespace qualm::languages::java
