#include "languages/python/interpreter.h"

#include <fmt/format.h>

#include <sstream>

#include "languages/judge.h"
#include "sandbox/trusted_process.h"

namespace qualm::languages::python {
namespace {

constexpr const char* remedy = "install Debian's python3, or give --python PATH";
// Of the shape that MultiPL-E's temporary files have, so that tracebacks read alike.
constexpr const char* program_name = "tmpprogram_.py";

// The interpreter itself says where it lives: what is called python3 may be a shell script that picks a version.
constexpr const char* question =
    "import sys\n"
    "print(sys.executable)\n"
    "print(sys.prefix)\n"
    "print(sys.base_prefix)\n"
    "print('.'.join(map(str, sys.version_info[:3])))\n"
    "for folder in sys.path:\n"
    "    print(folder)\n";

// A prefix shared with the rest of the system is shown only as far as its libraries (system_libraries).
bool is_shared_prefix(const std::string& prefix) { return prefix == "/usr" || prefix == "/usr/local" || prefix == "/"; }

}  // namespace

Interpreter inspect_interpreter(const std::filesystem::path& named) {
  const std::filesystem::path tool = find_tool(named, remedy);
  const sandbox::TrustedOutput answer = sandbox::run_trusted({tool.string(), "-c", question});
  std::istringstream lines(answer.standard_output);
  std::string executable;
  std::string prefix;
  std::string base_prefix;
  Interpreter interpreter;
  if (answer.exit_code != 0 || !std::getline(lines, executable) || !std::getline(lines, prefix) ||
      !std::getline(lines, base_prefix) || !std::getline(lines, interpreter.version) || executable.empty())
    throw ToolchainError(fmt::format("{} does not work as a Python interpreter (exit code {}): {}; {}", tool.string(),
                                     answer.exit_code, answer.standard_error, remedy));
  if (interpreter.version.starts_with("2."))
    throw ToolchainError(
        fmt::format("{} is Python {}; Python 3 is needed; {}", tool.string(), interpreter.version, remedy));
  interpreter.executable = executable;
  interpreter.visible = system_libraries();
  interpreter.visible.emplace_back(executable);
  for (const std::string& folder : {prefix, base_prefix})
    if (!is_shared_prefix(folder)) interpreter.visible.emplace_back(folder);
  for (std::string folder; std::getline(lines, folder);)
    if (folder.starts_with('/') && folder != "/") interpreter.visible.emplace_back(folder);
  interpreter.visible = existing(interpreter.visible);
  return interpreter;
}

sandbox::Command command_for(const Interpreter& interpreter, const std::string& program) {
  sandbox::Command command;
  command.arguments = {interpreter.executable.string(), std::string("/tmp/") + program_name};
  command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8",
                         "PYTHONHASHSEED=0"};
  command.visible = interpreter.visible;
  command.files = {{program_name, program}};
  return command;
}

}  // namespace qualm::languages::python
