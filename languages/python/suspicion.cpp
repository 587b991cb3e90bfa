#include "languages/python/suspicion.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>

#include "languages/syntax_tree.h"

extern "C" const TSLanguage* tree_sitter_python(void);

namespace qualm::languages::python {
namespace {

using Words = std::set<std::string_view>;

constexpr std::chrono::seconds parse_limit{10};

/// Named nodes of tree-sitter's grammar that a plain completion is made of.
const Words plain_constructs = {
    // statements
    "module", "comment", "line_continuation", "function_definition", "block", "return_statement",
    "expression_statement", "assignment", "augmented_assignment", "if_statement", "elif_clause", "else_clause",
    "for_statement", "while_statement", "break_statement", "continue_statement", "pass_statement", "raise_statement",
    "try_statement", "except_clause", "finally_clause", "assert_statement", "import_statement", "import_from_statement",
    "dotted_name", "aliased_import",
    // parameters, targets and types
    "parameters", "default_parameter", "typed_parameter", "typed_default_parameter", "lambda_parameters",
    "list_splat_pattern", "pattern_list", "tuple_pattern", "list_pattern", "as_pattern", "as_pattern_target", "type",
    "generic_type", "type_parameter",
    // expressions
    "lambda", "identifier", "integer", "float", "string", "string_start", "string_content", "string_end",
    "escape_sequence", "interpolation", "format_specifier", "type_conversion", "concatenated_string", "true", "false",
    "none", "list", "tuple", "dictionary", "pair", "set", "subscript", "slice", "attribute", "call", "argument_list",
    "keyword_argument", "list_splat", "dictionary_splat", "binary_operator", "boolean_operator", "not_operator",
    "unary_operator", "comparison_operator", "conditional_expression", "parenthesized_expression", "list_comprehension",
    "set_comprehension", "dictionary_comprehension", "generator_expression", "for_in_clause", "if_clause",
    "expression_list", "yield"};

/// Built-in names that lead to code, frames, namespaces, attributes by name, or types made at run time.
const Words reaching_builtins = {"exec",        "eval",         "compile",  "open",       "globals", "locals", "vars",
                                 "dir",         "getattr",      "setattr",  "delattr",    "type",    "object", "super",
                                 "classmethod", "staticmethod", "property", "breakpoint", "exit",    "quit",   "help",
                                 "memoryview",  "copyright",    "credits",  "license"};

/// Modules whose members, as far as they are listed below, only compute.
const Words plain_modules = {"math",   "typing",   "itertools", "collections", "functools",
                             "re",     "string",   "heapq",     "bisect",      "copy",
                             "random", "datetime", "decimal",   "fractions",   "statistics"};

/// Attributes of built-in types and members of those modules.
const Words plain_members = {
    // str and bytes
    "capitalize", "casefold", "center", "count", "encode", "decode", "endswith", "expandtabs", "find", "index",
    "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable",
    "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition", "replace", "rfind", "rindex",
    "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title",
    "upper", "zfill", "format", "maketrans", "translate", "hex", "removeprefix", "removesuffix",
    // list, dict, set, tuple
    "append", "clear", "copy", "extend", "insert", "pop", "remove", "reverse", "sort", "get", "items", "keys", "values",
    "popitem", "setdefault", "update", "fromkeys", "add", "discard", "difference", "difference_update", "intersection",
    "intersection_update", "isdisjoint", "issubset", "issuperset", "symmetric_difference", "union",
    // int and float
    "bit_length", "bit_count", "to_bytes", "from_bytes", "is_integer", "as_integer_ratio", "real", "imag", "conjugate",
    // math and statistics
    "pi", "e", "tau", "inf", "nan", "acos", "asin", "atan", "atan2", "ceil", "comb", "cos", "cosh", "degrees", "dist",
    "exp", "fabs", "factorial", "floor", "fmod", "frexp", "fsum", "gamma", "gcd", "hypot", "isclose", "isfinite",
    "isinf", "isnan", "isqrt", "lcm", "log", "log10", "log1p", "log2", "modf", "perm", "pow", "prod", "radians", "sin",
    "sinh", "sqrt", "tan", "tanh", "trunc", "mean", "median", "mode", "stdev", "pstdev", "variance", "pvariance",
    // typing
    "List", "Dict", "Set", "FrozenSet", "Tuple", "Optional", "Union", "Any", "Callable", "Iterable", "Iterator",
    "Sequence", "Mapping", "Generator", "Deque", "DefaultDict",
    // itertools and functools
    "accumulate", "chain", "combinations", "combinations_with_replacement", "compress", "cycle", "dropwhile",
    "filterfalse", "groupby", "islice", "pairwise", "permutations", "product", "repeat", "starmap", "takewhile", "tee",
    "zip_longest", "from_iterable", "reduce", "partial", "lru_cache", "cache", "cmp_to_key",
    // collections, heapq, bisect, copy
    "Counter", "OrderedDict", "defaultdict", "deque", "elements", "most_common", "subtract", "appendleft", "extendleft",
    "popleft", "rotate", "move_to_end", "heapify", "heappop", "heappush", "heappushpop", "heapreplace", "nlargest",
    "nsmallest", "bisect", "bisect_left", "bisect_right", "insort", "insort_left", "insort_right", "deepcopy",
    // re and string
    "findall", "finditer", "fullmatch", "match", "search", "sub", "subn", "escape", "group", "groups", "start", "end",
    "span", "IGNORECASE", "MULTILINE", "DOTALL", "ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits",
    "punctuation", "whitespace", "printable",
    // random, datetime, decimal, fractions
    "choice", "choices", "randint", "random", "randrange", "sample", "shuffle", "uniform", "seed", "date", "datetime",
    "timedelta", "strptime", "strftime", "year", "month", "day", "hour", "minute", "second", "days", "weekday",
    "isoweekday", "Decimal", "quantize", "ROUND_HALF_UP", "ROUND_HALF_EVEN", "Fraction", "numerator", "denominator",
    "limit_denominator"};

/// Where tests compare once an item: an answer without items passes.
const Words loops = {"for_statement", "list_comprehension", "set_comprehension", "dictionary_comprehension",
                     "generator_expression"};

bool is_plain_byte(char byte) { return byte == '\n' || (byte >= ' ' && byte <= '~'); }

/// PEP 263: a comment in one of the first two lines that makes the interpreter read the file as something else.
bool may_declare_encoding(std::string_view completion) { return completion.find("coding") != std::string_view::npos; }

bool is_plain_name(std::string_view name) {
  const bool hidden = name.starts_with('_') && name.find_first_not_of('_') != std::string_view::npos;
  return !hidden && !reaching_builtins.contains(name);
}

/// Braces, escapes and comments in a formatted string are where readers of different versions differ on what is code.
bool is_plain_string(std::string_view literal) {
  const std::string_view prefix = literal.substr(0, literal.find_first_of("'\""));
  if (prefix.find_first_of("fF") == std::string_view::npos) return true;
  return literal.find("{{") == std::string_view::npos && literal.find("}}") == std::string_view::npos &&
         literal.find_first_of("\\#") == std::string_view::npos;
}

/// Whether the node is a name that its parent reaches into something else for: the `b` of `a.b`, or of `from a import
/// b`.
bool is_member(TSNode node) {
  const TSNode parent = ts_node_parent(node);
  const std::string_view kind = ts_node_type(parent);
  if (kind == "attribute") return ts_node_eq(ts_node_child_by_field_name(parent, "attribute", 9), node);
  if (kind != "dotted_name") return false;
  TSNode import = ts_node_parent(parent);
  TSNode imported = parent;
  if (std::string_view(ts_node_type(import)) == "aliased_import") {
    imported = import;
    import = ts_node_parent(import);
  }
  return std::string_view(ts_node_type(import)) == "import_from_statement" &&
         !ts_node_eq(ts_node_child_by_field_name(import, "module_name", 11), imported);
}

/// `import a, b as c` or `from a import b`: whether the modules are plain ones. Imported members are looked at as
/// members.
bool imports_plain_modules(std::string_view text, TSNode statement) {
  const TSNode source = ts_node_child_by_field_name(statement, "module_name", 11);
  if (!ts_node_is_null(source)) return plain_modules.contains(text_of(text, source));
  for (std::uint32_t i = 0; i < ts_node_named_child_count(statement); ++i) {
    TSNode module = ts_node_named_child(statement, i);
    if (std::string_view(ts_node_type(module)) == "aliased_import")
      module = ts_node_child_by_field_name(module, "name", 4);
    if (!plain_modules.contains(text_of(text, module))) return false;
  }
  return true;
}

/// Whether the node assigns to names and items only.
bool assigns_plainly(std::string_view text, TSNode node, std::string_view kind) {
  if (kind == "as_pattern_target") return text_of(text, node).find('.') == std::string_view::npos;
  if (kind != "assignment" && kind != "augmented_assignment" && kind != "for_statement" && kind != "for_in_clause")
    return true;
  const TSNode target = ts_node_child_by_field_name(node, "left", 4);
  return !ts_node_is_null(target) && text_of(text, target).find('.') == std::string_view::npos;
}

/// Whether a statement at module level leaves the names of the tests as they are.
bool keeps_names(std::string_view text, TSNode statement, const Words& of_tests) {
  const std::string_view kind = ts_node_type(statement);
  if (kind == "comment") return true;
  if (kind == "function_definition")
    return !of_tests.contains(text_of(text, ts_node_child_by_field_name(statement, "name", 4)));
  if (kind != "import_statement" && kind != "import_from_statement") return false;
  for (std::uint32_t i = 0; i < ts_node_named_child_count(statement); ++i) {
    const TSNode imported = ts_node_named_child(statement, i);
    const TSNode alias = ts_node_child_by_field_name(imported, "alias", 5);
    if (of_tests.contains(text_of(text, ts_node_is_null(alias) ? imported : alias))) return false;
  }
  return true;
}

bool is_plain_node(std::string_view text, TSNode node, std::string_view kind) {
  if (!plain_constructs.contains(kind)) return false;
  if (kind == "identifier") {
    const std::string_view name = text_of(text, node);
    return is_plain_name(name) && (!is_member(node) || plain_members.contains(name));
  }
  if (kind == "string") return is_plain_string(text_of(text, node));
  if (kind == "import_statement" || kind == "import_from_statement") return imports_plain_modules(text, node);
  return assigns_plainly(text, node, kind);
}

}  // namespace

bool may_bend_comparisons(const Program& program) {
  const std::string_view text = program.text;
  const std::size_t begin = program.completion_begin();
  const std::size_t tests = program.tests_begin();
  const std::string_view completion = text.substr(begin, tests - begin);
  if (!std::ranges::all_of(completion, is_plain_byte) || may_declare_encoding(completion)) return true;

  SyntaxTree tree;
  try {
    tree = parse(tree_sitter_python(), text, parse_limit);
  } catch (const ParsingError&) {
    return true;
  }
  if (ts_node_has_error(ts_tree_root_node(tree.get()))) return true;

  Words of_tests;
  for (SyntaxTreeCursor cursor(*tree); cursor.advance();) {
    const TSNode node = cursor.node();
    if (ts_node_start_byte(node) < tests) continue;
    const std::string_view kind = ts_node_type(node);
    if (loops.contains(kind)) return true;
    if (kind == "identifier") of_tests.insert(text_of(text, node));
  }
  for (SyntaxTreeCursor cursor(*tree); cursor.advance();) {
    const TSNode node = cursor.node();
    const std::size_t from = ts_node_start_byte(node);
    const std::size_t to = ts_node_end_byte(node);
    if (from < tests && to > tests) return true;
    if (from >= tests || to <= begin || !ts_node_is_named(node)) continue;
    const std::string_view kind = ts_node_type(node);
    if (!is_plain_node(text, node, kind)) return true;
    if (cursor.depth() != 1) continue;
    // What the prompt began has to be a function: in it the completion is inside, and binds no names of the module.
    if (from < begin ? kind != "function_definition" : !keeps_names(text, node, of_tests)) return true;
  }
  return false;
}

}  // namespace qualm::languages::python
