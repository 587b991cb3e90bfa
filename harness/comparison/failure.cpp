#include "harness/comparison/failure.h"

#include <algorithm>
#include <cctype>

namespace qualm::harness::comparison {
namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '$';
}

std::string_view first_line_of(std::string_view text) { return text.substr(0, text.find('\n')); }

// A dotted name at the start of a line, cut to its last part; empty where the line does not start with one that ends
// the line or is followed by ':'.
std::string exception_name(std::string_view line) {
  std::size_t length = 0;
  while (length < line.size() && is_name_character(line[length])) ++length;
  if (length == 0 || std::isdigit(static_cast<unsigned char>(line[0])) != 0) return "";
  if (length < line.size() && line[length] != ':' && line[length] != '\r') return "";
  const std::string_view name = line.substr(0, length);
  const std::size_t dot = name.find_last_of(".$");
  return std::string(dot == std::string_view::npos ? name : name.substr(dot + 1));
}

// Python ends a traceback with "Type: message"; the message may have further lines, so the last line that follows an
// indented one (the traceback's) counts.
std::string python_exception(std::string_view errors) {
  std::string found;
  bool in_traceback = false;
  while (!errors.empty()) {
    const std::string_view line = first_line_of(errors);
    errors.remove_prefix(std::min(errors.size(), line.size() + 1));
    if (line.starts_with("Traceback ") || line.starts_with("  ")) {
      in_traceback = true;
    } else if (in_traceback) {
      if (std::string name = exception_name(line); !name.empty()) found = std::move(name);
      in_traceback = false;
    }
  }
  return found;
}

std::string java_exception(std::string_view errors) {
  constexpr std::string_view mark = "Exception in thread ";
  const std::size_t start = errors.find(mark);
  if (start == std::string_view::npos) return "";
  std::string_view line = first_line_of(errors.substr(start + mark.size()));
  const std::size_t quoted = line.find("\" ");
  return quoted == std::string_view::npos ? "" : exception_name(line.substr(quoted + 2));
}

// The first message of a compiler, up to what it says of the program's own names: "incompatible types" of "incompatible
// types: String cannot be converted to int", "method already defined" for one in quotes stays as it is written.
std::string compiler_message(std::string_view output) {
  constexpr std::string_view mark = "error: ";
  const std::size_t start = output.find(mark);
  if (start == std::string_view::npos) return "";
  std::string_view message = first_line_of(output.substr(start + mark.size()));
  message = message.substr(0, message.find(':'));
  message = message.substr(0, message.find(';'));
  std::string text(message);
  // "variable x is already defined in method f" and its like name the program: keep what the message is about.
  struct Pattern {
    std::string_view part;
    std::string_view shown;
  };
  static constexpr Pattern patterns[] = {
      {" is already defined in", "already defined"},
      {" cannot be applied to", "cannot be applied to given types"},
      {"no suitable", "no suitable method or constructor"},
      {"unreported exception", "unreported exception"},
      {"should be declared in a file", "class should be declared in a file of its own"},
      {" cannot be dereferenced", "cannot be dereferenced"},
      {" might not have been initialized", "variable might not have been initialized"},
      {"cannot infer type arguments", "cannot infer type arguments"},
      {" does not take parameters", "type does not take parameters"}};
  for (const Pattern& pattern : patterns)
    if (text.find(pattern.part) != std::string::npos) return std::string(pattern.shown);
  // "';' expected" is cut by the rule above.
  if (text == "'") return std::string(first_line_of(output.substr(start + mark.size())));
  return text;
}

bool ends_in_repetition_of(std::string_view text, std::size_t period) {
  constexpr std::size_t fewest_times = 4;
  constexpr std::size_t fewest_characters = 80;
  const std::size_t span = std::max(fewest_times * period, fewest_characters);
  if (text.size() < span) return false;
  for (std::size_t back = 1; back + period <= span; ++back)
    if (text[text.size() - back] != text[text.size() - back - period]) return false;
  return true;
}

}  // namespace

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; });
}

std::string failure_of(const datasets::ExecutionResult& result, std::string_view language) {
  if (result.passed()) return "passed";
  const std::string& errors = result.standard_error;
  std::string kind;
  if (result.status == "SyntaxError") {
    // javac writes to standard error; older evaluators kept it under standard output.
    if (language == "java") kind = compiler_message(errors);
    if (language == "java" && kind.empty()) kind = compiler_message(result.standard_output);
    if (language == "py") kind = python_exception(errors);
    return kind.empty() ? "SyntaxError" : kind;
  }
  if (result.status != "Exception" && result.status != "OK") return result.status.empty() ? "no status" : result.status;
  kind = language == "java" ? java_exception(errors) : python_exception(errors);
  if (!kind.empty()) return kind;
  return result.exit_code < 0 || result.exit_code > 128 ? "killed by a signal" : "other failure";
}

bool is_repeating(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  constexpr std::size_t longest_period = 400;
  for (std::size_t period = 2; period <= longest_period && period * 4 <= text.size(); ++period)
    if (ends_in_repetition_of(text, period)) return !is_blank(text.substr(text.size() - period));
  return false;
}

std::string_view completion_in(std::string_view program, std::string_view prompt, std::string_view tests) {
  if (program.size() < prompt.size() + tests.size() + 1 || !program.starts_with(prompt) || !program.ends_with(tests) ||
      program[program.size() - tests.size() - 1] != '\n')
    return program;
  return program.substr(prompt.size(), program.size() - prompt.size() - tests.size() - 1);
}

std::size_t first_difference(std::string_view a, std::string_view b) {
  if (a == b) return std::string_view::npos;
  const auto end = a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  const auto parted = std::mismatch(a.begin(), end, b.begin()).first;
  // Continuation bytes do not start a character. Where the texts part within one, that one is not common.
  auto count = std::count_if(a.begin(), parted, [](unsigned char c) { return (c & 0xC0) != 0x80; });
  const auto continues = [](std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  const auto at = static_cast<std::size_t>(parted - a.begin());
  if (count > 0 && (continues(a, at) || continues(b, at))) --count;
  return static_cast<std::size_t>(count);
}

}  // namespace qualm::harness::comparison
