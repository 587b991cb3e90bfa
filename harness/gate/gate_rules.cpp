#include "harness/gate/gate_rules.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "datasets/atomic_file.h"
#include "datasets/input_error.h"
#include "harness/usage_error.h"

namespace qualm::harness::gate {
namespace {

struct AllowanceName {
  Allowance allowance;
  const char* name;
};
constexpr std::array<AllowanceName, 5> allowance_names = {{{Allowance::missing_problems, "missing-problems"},
                                                           {Allowance::fewer_completions, "fewer-completions"},
                                                           {Allowance::settings, "settings"},
                                                           {Allowance::sandbox, "sandbox"},
                                                           {Allowance::suspects, "suspects"}}};

/// Reads the keys of one table; what it says wrong names the file and the line.
class RuleTable {
 public:
  RuleTable(const toml::table& table, const std::filesystem::path& file) : table_(table), file_(file) {}

  [[noreturn]] void fail(const toml::node& node, const std::string& reason) const {
    throw datasets::InputError(file_, fmt::format("line {}: {}", node.source().begin.line, reason));
  }

  [[nodiscard]] std::optional<double> number(const char* key, double low, double high) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    const std::optional<double> value = node->is_number() ? node->value<double>() : std::nullopt;
    if (!value || !(*value >= low && *value <= high))
      fail(*node, fmt::format("{} must be a number from {} to {}", key, low, high));
    return value;
  }

  [[nodiscard]] std::optional<std::string> text(const char* key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_string()) fail(*node, fmt::format("{} must be a string", key));
    return node->value<std::string>();
  }

  [[nodiscard]] PartialRule read(bool is_top) const {
    PartialRule rule;
    for (const auto& [key, node] : table_) {
      const std::string_view name = key.str();
      const bool of_both =
          name == "margin" || name == "alpha" || name == "on_cannot_tell" || name == "suspect_limit" || name == "allow";
      const bool of_one = is_top ? name == "rule" : name == "language" || name == "dataset";
      if (!of_both && !of_one)
        fail(node, fmt::format("unknown key \"{}\"; there are margin, alpha, on_cannot_tell, suspect_limit, allow{}",
                               name, is_top ? " and [[rule]] tables" : ", language and dataset"));
    }
    constexpr double points = 100;
    if (const auto margin = number("margin", 0, points)) rule.margin = *margin / points;
    rule.alpha = number("alpha", 1e-6, 0.5);
    rule.on_cannot_tell = text("on_cannot_tell");
    if (rule.on_cannot_tell && *rule.on_cannot_tell != "pass" && *rule.on_cannot_tell != "fail" &&
        *rule.on_cannot_tell != "status")
      fail(*table_.get("on_cannot_tell"), "on_cannot_tell must be \"pass\", \"fail\" or \"status\"");
    if (const toml::node* node = table_.get("suspect_limit")) {
      const std::optional<std::int64_t> limit = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
      if (!limit || *limit < 0) fail(*node, "suspect_limit must be a whole number, at least 0");
      rule.suspect_limit = static_cast<std::uint64_t>(*limit);
    }
    if (const toml::node* node = table_.get("allow")) rule.allowed = allowances(*node);
    if (!is_top) {
      rule.language = text("language").value_or("");
      rule.dataset = text("dataset").value_or("");
    }
    return rule;
  }

 private:
  [[nodiscard]] std::set<Allowance> allowances(const toml::node& node) const {
    std::set<Allowance> allowed;
    const toml::array* list = node.as_array();
    if (list == nullptr) fail(node, "allow must be a list of strings");
    for (const toml::node& entry : *list) {
      const std::optional<std::string> name = entry.is_string() ? entry.value<std::string>() : std::nullopt;
      if (!name) fail(entry, "allow must be a list of strings");
      try {
        allowed.insert(parse_allowance(*name));
      } catch (const UsageError& error) {
        fail(entry, error.what());
      }
    }
    return allowed;
  }

  const toml::table& table_;
  const std::filesystem::path& file_;
};

void lay_over(const PartialRule& partial, Rule& rule) {
  rule.margin = partial.margin.value_or(rule.margin);
  rule.alpha = partial.alpha.value_or(rule.alpha);
  rule.suspect_limit = partial.suspect_limit.value_or(rule.suspect_limit);
  rule.allowed = partial.allowed.value_or(rule.allowed);
  if (partial.on_cannot_tell) {
    rule.cannot_tell_passes = *partial.on_cannot_tell == "pass";
    rule.cannot_tell_fails = *partial.on_cannot_tell == "fail";
  }
}

}  // namespace

Allowance parse_allowance(const std::string& text) {
  for (const AllowanceName& each : allowance_names)
    if (text == each.name) return each.allowance;
  std::vector<const char*> names;
  for (const AllowanceName& each : allowance_names) names.push_back(each.name);
  throw UsageError(fmt::format("cannot allow \"{}\": expected {}", text, fmt::join(names, ", ")));
}

const char* name_of(Allowance allowance) {
  const auto* found = std::find_if(allowance_names.begin(), allowance_names.end(),
                                   [&](const AllowanceName& each) { return each.allowance == allowance; });
  return found->name;
}

Rule Rules::rule_for(const std::string& language, const std::string& dataset) const {
  Rule rule;
  for (const PartialRule& partial : rules)
    if ((partial.language.empty() || partial.language == language) &&
        (partial.dataset.empty() || partial.dataset == dataset))
      lay_over(partial, rule);
  return rule;
}

std::vector<PartialRule> read_rules(const std::filesystem::path& file) {
  return parse_rules(datasets::read_file(file), file);
}

std::vector<PartialRule> parse_rules(std::string_view text, const std::filesystem::path& file) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw datasets::InputError(file, fmt::format("bad TOML at line {}, column {}: {}", error.source().begin.line,
                                                 error.source().begin.column, error.description()));
  }
  std::vector<PartialRule> rules = {RuleTable(root, file).read(/*is_top=*/true)};
  const toml::node* node = root.get("rule");
  if (node == nullptr) return rules;
  const toml::array* list = node->as_array();
  if (list == nullptr || !list->is_array_of_tables())
    throw datasets::InputError(file, "rule must be written as [[rule]] tables");
  for (const toml::node& entry : *list) rules.push_back(RuleTable(*entry.as_table(), file).read(/*is_top=*/false));
  return rules;
}

}  // namespace qualm::harness::gate
