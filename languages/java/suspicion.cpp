#include "languages/java/suspicion.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "languages/syntax_tree.h"

extern "C" const TSLanguage* tree_sitter_java(void);

namespace qualm::languages::java {
namespace {

constexpr std::chrono::seconds parse_limit{10};

/// Methods that decide comparisons.
constexpr std::array<std::string_view, 3> comparing_methods = {"equals", "hashCode", "compareTo"};
/// Types of the JDK that comparisons go through, whether the tests name them or not.
constexpr std::array<std::string_view, 22> relied_on = {
    "String",   "Object",         "Objects",   "Arrays",    "List",   "ArrayList", "Map",     "HashMap",
    "Optional", "AssertionError", "Assertion", "Math",      "System", "Boolean",   "Integer", "Long",
    "Float",    "Double",         "Character", "Throwable", "Error",  "Exception"};
/// What switches assertions off, or reads and writes memory that is not the program's.
constexpr std::array<std::string_view, 11> forbidden_names = {"setDefaultAssertionStatus",
                                                              "setClassAssertionStatus",
                                                              "setPackageAssertionStatus",
                                                              "clearAssertionStatus",
                                                              "setAccessible",
                                                              "trySetAccessible",
                                                              "privateLookupIn",
                                                              "Unsafe",
                                                              "loadLibrary",
                                                              "HotSpotDiagnosticMXBean",
                                                              "VirtualMachine"};

bool contains(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != std::ranges::end(names);
}

/// A declaration or name of the program: what it is and where.
struct Found {
  std::string_view kind;  ///< the grammar's name of the node
  std::string_view name;  ///< of a declaration: its name; else the text
  TSNode node;
  std::size_t begin;
};

bool declares_type(std::string_view kind) {
  return kind == "class_declaration" || kind == "interface_declaration" || kind == "enum_declaration" ||
         kind == "record_declaration" || kind == "annotation_type_declaration" || kind == "type_parameter";
}

/// The name of a declaration; type parameters keep theirs as their first child.
std::string_view name_of(std::string_view program, TSNode node) {
  TSNode name = ts_node_child_by_field_name(node, "name", 4);
  for (std::uint32_t i = 0; ts_node_is_null(name) && i < ts_node_named_child_count(node); ++i) {
    const TSNode child = ts_node_named_child(node, i);
    const std::string_view kind = ts_node_type(child);
    if (kind == "identifier" || kind == "type_identifier") name = child;
  }
  return ts_node_is_null(name) ? std::string_view() : text_of(program, name);
}

/// Declarations, names and `native` of the whole program, in document order.
std::vector<Found> survey(std::string_view program, const TSTree& tree) {
  std::vector<Found> found;
  SyntaxTreeCursor cursor(tree);
  do {
    const TSNode node = cursor.node();
    const std::string_view kind = ts_node_type(node);
    if (declares_type(kind) || kind == "method_declaration") {
      found.push_back({kind, name_of(program, node), node, ts_node_start_byte(node)});
    } else if (kind == "identifier" || kind == "type_identifier" || kind == "native") {
      found.push_back({kind, text_of(program, node), node, ts_node_start_byte(node)});
    }
  } while (cursor.advance());
  return found;
}

/// Whether `method` is a member of the program's own class Problem, not of a class inside or beside it.
bool belongs_to_problem(std::string_view program, TSNode method) {
  const TSNode body = ts_node_parent(method);
  const TSNode owner = ts_node_is_null(body) ? body : ts_node_parent(body);
  if (ts_node_is_null(owner) || std::string_view(ts_node_type(owner)) != "class_declaration") return false;
  const TSNode around = ts_node_parent(owner);
  return name_of(program, owner) == "Problem" && !ts_node_is_null(around) &&
         std::string_view(ts_node_type(around)) == "program";
}

/// \u002f and its like; letters, digits and what lies beyond ASCII are harmless.
bool has_grammar_escape(std::string_view text) {
  for (std::size_t at = text.find("\\u"); at != std::string_view::npos; at = text.find("\\u", at + 1)) {
    const std::size_t digits = std::min(text.find_first_not_of('u', at + 1), text.size());
    unsigned code = 0;
    const std::string_view number = text.substr(digits, 4);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), code, 16);
    if (error == std::errc() && end == number.data() + 4 && code < 0x80 && code != 0 &&
        std::isalnum(static_cast<int>(code)) == 0)
      return true;
  }
  return false;
}

}  // namespace

bool is_suspicious(const Program& program) {
  const std::string_view text = program.text;
  const std::size_t begin = program.completion_begin();
  const std::size_t tests = program.tests_begin();
  const std::string_view prompt = text.substr(0, begin);
  if (has_grammar_escape(text.substr(begin, tests - begin))) return true;

  SyntaxTree tree;
  try {
    tree = parse(tree_sitter_java(), text, parse_limit);
  } catch (const ParsingError&) {
    return true;
  }
  const std::vector<Found> all = survey(text, *tree);
  std::set<std::string_view> of_tests;
  bool tests_start_in_problem = false;
  for (const Found& one : all) {
    if (one.begin < tests) continue;
    of_tests.insert(one.name);
    if (one.kind == "method_declaration" && one.name == "main")
      tests_start_in_problem = tests_start_in_problem || belongs_to_problem(text, one.node);
  }
  if (!tests_start_in_problem) return true;
  return std::ranges::any_of(all, [&](const Found& one) {
    if (one.begin < begin || one.begin >= tests) return false;
    if (one.kind == "native" || contains(forbidden_names, one.name)) return true;
    if (one.kind == "method_declaration")
      return one.name == "main" ||
             (contains(comparing_methods, one.name) && prompt.find(one.name) == std::string_view::npos);
    if (!declares_type(one.kind) || one.kind == "type_parameter") return false;
    // A prompt that uses a type of the JDK, as nearly all do, does not ask for another of that name.
    if (contains(relied_on, one.name)) return prompt.find("class " + std::string(one.name)) == std::string_view::npos;
    return of_tests.contains(one.name) && prompt.find(one.name) == std::string_view::npos;
  });
}

}  // namespace qualm::languages::java
