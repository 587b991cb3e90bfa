#pragma once

#include <cstddef>
#include <string>

#include "languages/language.h"

namespace CLI {
class App;
}

namespace qualm::harness {

/// The options that say how programs are run; the same in every subcommand that runs any.
class RunSettingsOptions {
 public:
  void add_to(CLI::App& app);

  /// Throws UsageError for a value out of range.
  [[nodiscard]] languages::Settings settings() const;

  /// How many programs run at once. Where --jobs was not given, as many as there are processors and memory for, said
  /// on standard error when memory decides. Throws UsageError where --jobs times --memory exceeds the free memory.
  [[nodiscard]] std::size_t jobs() const;

 private:
  std::size_t jobs_ = 0;
  double timeout_seconds_ = 15.0;
  std::string memory_ = "2GiB";
  std::string sandbox_ = "full";
  std::string runner_ = "fast";
  std::string python_ = "python3";
  std::string java_home_;
  std::string javatuples_;
};

}  // namespace qualm::harness
