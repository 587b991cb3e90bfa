#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "datasets/execution.h"

namespace qualm::harness {

/// Identical programs are run once in a run and share the result, as MultiPL-E's evaluator does. Finished results are
/// forgotten, the oldest first, when they take more than a fixed amount of memory. Safe to use from many threads.
class ProgramCache {
 public:
  using Receiver = std::function<void(const datasets::Execution&)>;

  /// Hands the result of `program` to `receiver`: at once where it is known, else when it is delivered.
  /// Returns true where nobody has asked for this program yet: the caller must run it and call deliver or give_up.
  [[nodiscard]] bool request(const std::string& language, const std::string& program, Receiver receiver);

  /// Keeps the result and hands it to all who asked.
  void deliver(const std::string& language, const datasets::Execution& execution);

  /// Forgets a program that could not be run; those who asked get nothing.
  void give_up(const std::string& language, const std::string& program);

  /// Adds a result that a file already had, unless the program is known.
  void add_known(const std::string& language, const datasets::Execution& execution);

 private:
  struct Entry {
    std::optional<datasets::Execution> execution;
    std::vector<Receiver> waiting;
  };

  void keep(const std::string& key, Entry& entry, const datasets::Execution& execution);

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> finished_oldest_first_;
  std::size_t finished_bytes_ = 0;
};

}  // namespace qualm::harness
