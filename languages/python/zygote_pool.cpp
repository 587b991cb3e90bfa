#include "languages/python/zygote_pool.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>

#include "languages/language.h"
#include "languages/python/zygote_task.h"
#include "sandbox/error.h"

extern "C" {
// The zygote's shared library, from embedded_library.S.
extern const char qualm_python_zygote_library[];
extern const char qualm_python_zygote_library_end[];
}

namespace qualm::languages::python {
namespace {

// Loads the library, which is the interpreter's own module, from its descriptor, and runs the Python half in it.
constexpr const char* kLoader =
    "import sys; del sys.path[0]\n"
    "import _imp\n"
    "class Library:\n"
    "    name = 'qualm_zygote'\n"
    "    origin = '/proc/self/fd/5'\n"
    "native = _imp.create_dynamic(Library)\n"
    "zygote = {'__name__': 'zygote'}\n"
    "exec(compile(native.source, '<zygote>', 'exec'), zygote)\n"
    "native.serve(*zygote['PREPARED'])\n";
static_assert(sandbox::kZygoteLibrary == 5);

/// A memory file with the library's bytes.
sandbox::Descriptor make_library() {
  sandbox::Descriptor file(memfd_create("qualm_zygote", MFD_CLOEXEC));
  const auto size = qualm_python_zygote_library_end - qualm_python_zygote_library;
  if (!file || write(file.get(), qualm_python_zygote_library, static_cast<std::size_t>(size)) != size) {
    throw sandbox::SandboxError("sandbox: zygote: its library cannot be put into a memory file");
  }
  return file;
}

Mark fresh_mark() {
  Mark mark{};
  if (getrandom(mark.data(), mark.size(), 0) != static_cast<ssize_t>(mark.size())) {
    throw sandbox::SandboxError("sandbox: zygote: no random bytes");
  }
  return mark;
}

}  // namespace

ZygotePool::ZygotePool(const Interpreter& interpreter, const sandbox::Jail& jail, const sandbox::Limits& limits,
                       std::shared_ptr<sandbox::Turns> turns)
    : interpreter_(interpreter), jail_(jail), limits_(limits), turns_(std::move(turns)), library_(make_library()) {
  std::string why;
  try {
    const Run trial = run("pass\n", kRunProgram, 0);
    if (trial.ran_to_its_end && trial.outcome.exit_code == 0) {
      return;
    }
    why = fmt::format("exit code {}, {}", trial.outcome.exit_code, trial.outcome.standard_error);
  } catch (const sandbox::ZygoteLost& error) {
    why = error.what();
  }
  throw ToolchainError(
      fmt::format("{} (Python {}) cannot be used as a zygote: {}; use --runner=plain, or a CPython of "
                  "version 3.8 or newer with --python PATH",
                  interpreter_.executable.string(), interpreter_.version, why));
}

ZygotePool::Run ZygotePool::run(const std::string& program, char kind, std::size_t bytes_before_tests,
                                const std::stop_token& stop) {
  constexpr int kAttempts = 5;
  const Mark mark = fresh_mark();
  std::string task(1, kind);
  for (const unsigned char byte : mark) {
    task += fmt::format("{:02x}", byte);
  }
  task += fmt::format(" {}", bytes_before_tests);
  const sandbox::Command command = command_for(interpreter_, program);
  for (int attempt = 1;; ++attempt) {
    try {
      std::unique_ptr<sandbox::Zygote> zygote = take();
      const auto memory = zygote->memory().first(mark.size());
      std::ranges::fill(memory, std::byte{0});
      Run run;
      run.outcome = jail_.run_in(*zygote, task, command, limits_, stop, turns_.get());
      run.ran_to_its_end = std::ranges::equal(
          memory, mark, [](const volatile std::byte& left, unsigned char right) { return left == std::byte{right}; });
      const std::scoped_lock lock(mutex_);
      idle_.push_back(std::move(zygote));
      return run;
    } catch (const sandbox::ZygoteLost&) {
      if (attempt == kAttempts) {
        throw;
      }
    }
  }
}

std::unique_ptr<sandbox::Zygote> ZygotePool::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<sandbox::Zygote> zygote = std::move(idle_.back());
      idle_.pop_back();
      return zygote;
    }
  }
  return copy();
}

std::unique_ptr<sandbox::Zygote> ZygotePool::copy() {
  const std::scoped_lock lock(first_mutex_);
  if (first_ == nullptr) first_ = start();
  try {
    return first_->copy();
  } catch (const sandbox::ZygoteLost&) {
    first_.reset();  // the next attempt starts another
    throw;
  }
}

std::unique_ptr<sandbox::Zygote> ZygotePool::start() const {
  sandbox::ZygoteCommand command;
  command.arguments = {interpreter_.executable.string(), "-c", kLoader};
  // No folder of the machine may give the zygote modules; it sets what programs see.
  command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent", "TMPDIR=/tmp", "LANG=C.UTF-8",
                         "PYTHONHASHSEED=0"};
  command.library = library_.get();
  return std::make_unique<sandbox::Zygote>(command);
}

}  // namespace qualm::languages::python
