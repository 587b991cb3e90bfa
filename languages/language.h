#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "datasets/execution.h"
#include "sandbox/jail.h"
#include "sandbox/turns.h"

namespace qualm::languages {

/// A compiler, interpreter or library that is not on this machine, or is not usable. The message says what and how to
/// get it.
class ToolchainError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A text that the parser cannot work through. Never a reason to take a completion as clean.
class CleaningError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a completion's tail is cut.
enum class Cleaning {
  exact,  ///< after the end of the first function, counted in bytes of UTF-8
  study,  ///< the replication package's way: a byte column used as a character column
};

/// How programs are run: in helpers that are ready before the program is known, or as MultiPL-E runs them.
enum class RunnerKind { fast, plain };

[[nodiscard]] std::string to_string(RunnerKind kind);
/// Parses "fast" or "plain"; std::nullopt for anything else.
[[nodiscard]] std::optional<RunnerKind> parse_runner_kind(const std::string& text);

/// A program and where its parts lie, for finding passes that did not come from the tests.
struct Program {
  std::string text;
  std::size_t prompt_bytes = 0;  ///< at the start of the text
  std::size_t tests_bytes = 0;   ///< at its end; 0: unknown, and passes are not examined

  /// Where the completion begins and where the tests do, within the text whatever the two numbers say.
  [[nodiscard]] std::size_t completion_begin() const { return std::min(prompt_bytes, text.size()); }
  [[nodiscard]] std::size_t tests_begin() const {
    return text.size() - std::min(tests_bytes, text.size() - completion_begin());
  }
};

/// What a user chose for running programs.
struct Settings {
  RunnerKind runner = RunnerKind::fast;
  sandbox::Level level = sandbox::Level::full;
  std::chrono::milliseconds timeout{15'000};
  std::uint64_t memory_bytes = 2ULL << 30;
  std::filesystem::path python = "python3";  ///< a path, or a name looked up in PATH
  std::filesystem::path java_home;           ///< empty: found from `java` in PATH
  std::filesystem::path javatuples;          ///< the jar; empty: Debian's, then MultiPL-E's place
  /// For callers with more threads than programs may run at a time; null: no limit.
  std::shared_ptr<sandbox::Turns> turns;
};

/// Runs programs of one language. Safe to use from many threads.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Compiles where the language does, runs, and judges by MultiPL-E's rules (status, exit code, kept output).
  /// Throws sandbox::SandboxError, and sandbox::Cancelled soon after `stop` is requested: there is no verdict then.
  [[nodiscard]] virtual datasets::Execution run(const Program& program, const std::stop_token& stop = {}) const = 0;
  /// Tools and their versions, as recorded in run.qualm: {"python", "3.11.2"}, ...
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> versions() const = 0;
  /// What the user should know of the runs so far beside their results.
  [[nodiscard]] virtual std::vector<std::string> remarks() const { return {}; }
};

/// One programming language: how a completion is cut, assembled and run. A new language is a new folder and one line
/// of registry.cpp.
class Language {
 public:
  virtual ~Language() = default;
  /// MultiPL-E's short name, as in the problem files: "py", "java".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Names that predictions files use for the same language: "python" for "py".
  [[nodiscard]] virtual std::vector<std::string_view> aliases() const = 0;
  /// prompt + completion + "\n" + tests.
  [[nodiscard]] virtual std::string assemble(std::string_view prompt, std::string_view completion,
                                             std::string_view tests) const;
  /// The completion without what follows the first function of prompt + completion; unchanged without a function.
  /// Throws CleaningError, see first_function.h.
  [[nodiscard]] virtual std::string clean(std::string_view prompt, std::string_view completion,
                                          Cleaning cleaning) const = 0;
  /// Finds the language's tools and returns what runs programs with them.
  /// Throws ToolchainError where a tool is missing, sandbox::SandboxError where the jail cannot be made.
  [[nodiscard]] virtual std::unique_ptr<Runner> prepare(const Settings& settings) const = 0;
};

/// All languages, in the registry's order.
[[nodiscard]] const std::vector<std::unique_ptr<Language>>& all();

/// The language with this name or alias; nullptr where there is none.
[[nodiscard]] const Language* find(std::string_view name);

}  // namespace qualm::languages
