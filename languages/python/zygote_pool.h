#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "languages/python/interpreter.h"
#include "sandbox/descriptor.h"
#include "sandbox/jail.h"
#include "sandbox/turns.h"
#include "sandbox/zygote.h"

namespace qualm::languages::python {

/// Runs programs in clones of interpreters that are started already, one for each thread that asks at a time: copies of
/// a first one, which makes no jail itself. Safe to use from many threads.
class ZygotePool {
 public:
  /// What came of a program, and whether its last statement has run.
  struct Run {
    sandbox::Outcome outcome;
    bool ran_to_its_end = false;
  };

  /// Starts a first interpreter and tries it. Throws ToolchainError where it cannot be used in this way.
  /// Runs take `turns` where there are some.
  ZygotePool(const Interpreter& interpreter, const sandbox::Jail& jail, const sandbox::Limits& limits,
             std::shared_ptr<sandbox::Turns> turns);

  /// `kind` is one of zygote_task.h; `bytes_before_tests` tells where the tests begin. A zygote that ends meanwhile is
  /// replaced. Throws sandbox::SandboxError, sandbox::Cancelled.
  [[nodiscard]] Run run(const std::string& program, char kind, std::size_t bytes_before_tests,
                        const std::stop_token& stop = {});

 private:
  [[nodiscard]] std::unique_ptr<sandbox::Zygote> take();
  [[nodiscard]] std::unique_ptr<sandbox::Zygote> start() const;
  [[nodiscard]] std::unique_ptr<sandbox::Zygote> copy();

  const Interpreter& interpreter_;
  const sandbox::Jail& jail_;
  const sandbox::Limits limits_;
  const std::shared_ptr<sandbox::Turns> turns_;
  sandbox::Descriptor library_;
  std::mutex first_mutex_;
  std::unique_ptr<sandbox::Zygote> first_;  // guarded by first_mutex_
  std::mutex mutex_;
  std::vector<std::unique_ptr<sandbox::Zygote>> idle_;  // guarded by mutex_
};

}  // namespace qualm::languages::python
