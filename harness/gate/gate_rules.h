#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::harness::gate {

/// What may differ between two runs without making them incomparable, by the name that allows it.
enum class Allowance { missing_problems, fewer_completions, settings, sandbox, suspects };

/// Parses "missing-problems", "fewer-completions", "settings", "sandbox" or "suspects"; UsageError for other words.
[[nodiscard]] Allowance parse_allowance(const std::string& text);
[[nodiscard]] const char* name_of(Allowance allowance);

/// The rule for one comparison.
struct Rule {
  double margin = 0.02;  ///< as a share
  double alpha = 0.05;
  bool cannot_tell_passes = false;
  bool cannot_tell_fails = false;  ///< neither: cannot tell has an exit status of its own
  std::uint64_t suspect_limit = 0;
  std::set<Allowance> allowed;
};

/// What a rule says, where it says it; the rest is left to what is beneath it.
struct PartialRule {
  std::string language;  ///< empty: of any
  std::string dataset;
  std::optional<double> margin;
  std::optional<double> alpha;
  std::optional<std::string> on_cannot_tell;  ///< "pass", "fail", "status"
  std::optional<std::uint64_t> suspect_limit;
  std::optional<std::set<Allowance>> allowed;
};

/// Rules from weakest to strongest: defaults, the file's top, its [[rule]] tables in order, the command line.
struct Rules {
  std::vector<PartialRule> rules;

  [[nodiscard]] Rule rule_for(const std::string& language, const std::string& dataset) const;
};

/// Reads a rules file (TOML 1.0); docs/ci.md describes it. Throws InputError for bad syntax (with line and column),
/// unknown keys and values out of range.
[[nodiscard]] std::vector<PartialRule> read_rules(const std::filesystem::path& file);
/// The same for the bytes of a rules file; `file` is what errors name.
[[nodiscard]] std::vector<PartialRule> parse_rules(std::string_view text, const std::filesystem::path& file);

}  // namespace qualm::harness::gate
