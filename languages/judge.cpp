#include "languages/judge.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>

namespace qualm::languages {
namespace {

constexpr std::size_t kept_characters = 2048;

struct Sequence {
  std::size_t length = 1;
  bool valid = false;
};

// The valid sequence, or the maximal invalid subpart, at the start of `text` (Unicode 15, table 3-7).
Sequence leading_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, true};
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

std::string first_characters(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++characters > kept_characters)
      return text.substr(0, i);
  return text;
}

std::string without(std::string text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) text.erase(at, word.size());
  return text;
}

std::string cause_text(sandbox::Cause cause) {
  switch (cause) {
    case sandbox::Cause::exited: return "exited";
    case sandbox::Cause::signaled: return "signaled";
    case sandbox::Cause::wall_timeout: return "wall timeout";
    case sandbox::Cause::cpu_timeout: return "cpu timeout";
    case sandbox::Cause::memory: return "memory";
  }
  return "exited";
}

}  // namespace

sandbox::Limits limits_of(const Settings& settings) {
  sandbox::Limits limits;
  limits.wall = settings.timeout;
  // All the processors for as long as the wall limit: only a machine that gives more than it has gets there first.
  limits.cpu =
      std::chrono::ceil<std::chrono::seconds>(settings.timeout * std::max(2U, std::thread::hardware_concurrency()));
  limits.memory_bytes = settings.memory_bytes;
  return limits;
}

std::string decode_ignoring_errors(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Sequence sequence = leading_sequence(bytes);
    if (sequence.valid) text += bytes.substr(0, sequence.length);
    bytes.remove_prefix(sequence.length);
  }
  return text;
}

datasets::ExecutionResult result_of(const std::string& program, const sandbox::Outcome& outcome) {
  datasets::ExecutionResult result;
  result.program = program;
  result.timestamp =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  result.standard_output = first_characters(without(decode_ignoring_errors(outcome.standard_output), "!!int"));
  result.standard_error = first_characters(decode_ignoring_errors(outcome.standard_error));
  result.exit_code = outcome.exit_code;
  return result;
}

datasets::ExecutionMeasures measures_of(const sandbox::Outcome& outcome) {
  datasets::ExecutionMeasures measures;
  measures.cause = cause_text(outcome.cause);
  measures.cpu = outcome.cpu;
  measures.wall = outcome.wall;
  measures.waited = outcome.waited;
  measures.peak_memory_bytes = outcome.peak_memory_bytes;
  measures.runner = "plain";
  measures.refused_calls = outcome.refused_calls;
  return measures;
}

std::filesystem::path find_tool(const std::filesystem::path& tool, const std::string& remedy) {
  namespace fs = std::filesystem;
  if (tool.string().find('/') != std::string::npos) {
    if (::access(tool.c_str(), X_OK) == 0 && !fs::is_directory(tool)) return fs::absolute(tool);
    throw ToolchainError(fmt::format("{} is not there or cannot be executed; {}", tool.string(), remedy));
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / tool;
    if (::access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate)) return fs::absolute(candidate);
  }
  throw ToolchainError(fmt::format("{} is not in PATH; {}", tool.string(), remedy));
}

std::vector<std::filesystem::path> existing(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> found;
  std::copy_if(paths.begin(), paths.end(), std::back_inserter(found),
               [](const std::filesystem::path& path) { return !path.empty() && std::filesystem::exists(path); });
  return found;
}

const std::vector<std::filesystem::path>& system_libraries() {
  static const std::vector<std::filesystem::path> paths = {
      "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime"};
  return paths;
}

}  // namespace qualm::languages
