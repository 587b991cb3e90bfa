#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace qualm::sandbox {

/// How much of the confinement is asked for; a layer that cannot be had is a SandboxError, never a weaker jail.
enum class Level {
  full,     ///< every layer
  no_proc,  ///< /proc replaced by the few files the language needs (containers that mask /proc forbid mounting it)
  seccomp,  ///< system-call filter, resource limits, no_new_privs and killing the process group only
};

/// A regular file, by its name inside the scratch directory (relative, no "..").
struct File {
  std::string name;
  std::string contents;
};

/// What is run. Paths are the same inside and outside the jail, except the scratch directory.
struct Command {
  std::vector<std::string> arguments;          ///< arguments[0] is the absolute path of the executable
  std::vector<std::string> environment;        ///< NAME=value; nothing else is inherited
  std::vector<std::filesystem::path> visible;  ///< host files and folders the program may read, at the same path
  std::vector<File> files;                     ///< placed in the scratch directory before the start
  /// Regular files in the scratch directory whose name ends so come back in Outcome::files (no links followed).
  std::string collect_suffix;
  /// Path of the scratch directory inside the jail: a private tmpfs, the working directory, the only writable place.
  /// At Level::seccomp it is a fresh directory of the host instead, and this path is replaced by that one where it
  /// begins a part (between ':' and '=') of an argument or of a variable's value.
  std::string scratch_directory = "/tmp";
  /// A descriptor of the caller's that becomes the program's standard input; -1: /dev/null.
  int standard_input = -1;
};

/// All limits of one run; each has a unit in its name or type.
struct Limits {
  std::chrono::milliseconds wall{15'000};
  std::chrono::seconds cpu{30};
  std::uint64_t memory_bytes = 2ULL << 30;  ///< of the whole tree, the scratch directory counted in
  std::uint64_t scratch_bytes = 256ULL << 20;
  std::uint64_t scratch_inodes = 16'384;
  std::uint32_t processes = 256;  ///< threads count
  std::uint32_t open_files = 256;
  std::size_t output_bytes = 2048;  ///< kept of standard output and of standard error each; the rest is drained
  std::uint64_t collect_bytes = 16ULL << 20;  ///< of all collected files together
  bool address_space_limit_allowed = true;    ///< false for the JVM: RLIMIT_DATA per process is not set
};

/// Why a run ended; finer than the exit status.
enum class Cause {
  exited,        ///< by itself, with exit_code
  signaled,      ///< by a signal the program got itself into
  wall_timeout,  ///< Limits::wall passed
  cpu_timeout,   ///< Limits::cpu passed
  memory,        ///< the tree was killed or refused for Limits::memory_bytes
};

struct Outcome {
  int exit_code = 0;  ///< as MultiPL-E writes it: the exit status; -S ended by signal S; -1 timed out
  std::optional<int> signal;
  bool timed_out = false;  ///< wall or CPU
  Cause cause = Cause::exited;
  std::string standard_output;  ///< the first Limits::output_bytes, raw bytes
  std::string standard_error;
  std::uint64_t output_total_bytes = 0;  ///< both streams, before the cut
  std::chrono::microseconds cpu{0};      ///< user and system time of the whole tree
  std::chrono::microseconds wall{0};
  /// How long the tree's threads were ready to run and had no processor, at a wall timeout (schedstat).
  std::chrono::microseconds waited{0};
  std::uint64_t peak_memory_bytes = 0;
  /// Names of system calls the filter refused as unlisted (ENOSYS), each once, in the order seen; at most 16.
  std::vector<std::string> refused_calls;
  std::vector<File> files;  ///< collected, see Command::collect_suffix
};

class Turns;
class Zygote;

/// The machinery that runs one command after another, each in a jail of its own. Safe to use from many threads.
class Jail {
 public:
  /// Checks that every layer of `level` can be had here; throws SandboxError with the layer, the reason and the remedy.
  explicit Jail(Level level);
  ~Jail();
  Jail(const Jail&) = delete;
  Jail& operator=(const Jail&) = delete;

  /// Runs `command` to its end or to a limit. When it returns, no process of the tree is left.
  /// Throws SandboxError when the jail could not be made or the executable could not be started, Cancelled soon
  /// (within some 50 ms) after `stop` is requested; no process of the tree is left then either.
  [[nodiscard]] Outcome run(const Command& command, const Limits& limits, const std::stop_token& stop = {}) const;

  /// The same in a clone of `zygote`, which reads `task` where another program is exec'd: Command::arguments[0] only
  /// names the zygote's executable and its environment is the zygote's. The path of the scratch directory inside the
  /// jail is the first line of what the language gets, then `task`. Where there are `turns`, one is taken from when the
  /// jail is built to the end of the program. Throws ZygoteLost too.
  [[nodiscard]] Outcome run_in(Zygote& zygote, const std::string& task, const Command& command, const Limits& limits,
                               const std::stop_token& stop = {}, Turns* turns = nullptr) const;

  [[nodiscard]] Level level() const;

 private:
  struct ZygoteTask;
  [[nodiscard]] Outcome run(const Command& command, const Limits& limits, const std::stop_token& stop,
                            const ZygoteTask* in_zygote) const;
  struct State;
  std::unique_ptr<State> state_;
};

/// One line of `qualm doctor`: a layer, whether it can be had, and if not, why and what to do.
struct LayerReport {
  std::string layer;
  bool available = false;
  std::string detail;
  std::string remedy;
};

/// Tries every layer of the sandbox on this machine; never throws for a missing one.
[[nodiscard]] std::vector<LayerReport> inspect_layers();

[[nodiscard]] std::string to_string(Level level);
[[nodiscard]] std::string to_string(Cause cause);
/// Parses "full", "no-proc" or "seccomp"; std::nullopt for anything else.
[[nodiscard]] std::optional<Level> parse_level(const std::string& text);

}  // namespace qualm::sandbox
