#include "harness/comparison/run_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>
#include <vector>

#include "datasets/run_folder.h"

namespace qualm::harness::comparison {
namespace {

// Names come from folders of somebody else's; beyond this no real one goes, and std::regex recurses with its input.
constexpr std::size_t longest_name = 500;

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

bool read_study_folder(const std::string& name, RunPlace& place) {
  static const std::regex pattern("([A-Za-z0-9+#]+)_benchmark_temperature_([0-9]+(?:[._][0-9]+)?)_(.+)");
  std::smatch match;
  if (name.size() > longest_name || !std::regex_match(name, match, pattern)) return false;
  place.language = match[1];
  place.temperature = match[2];
  place.label = match[3];
  return true;
}

bool read_multipl_e_folder(const std::string& name, RunPlace& place) {
  static const std::regex pattern("([^-]+)-([A-Za-z0-9+#]+)-(.+)-([0-9]+(?:\\.[0-9]+)?)-[a-z_]+");
  std::smatch match;
  if (name.size() > longest_name || !std::regex_match(name, match, pattern)) return false;
  place.dataset = match[1];
  // The replication package's McEval runs carry the problem file's name.
  if (const std::string lower = lowered(place.dataset); lower.find("mceval") != std::string::npos)
    place.dataset = "mceval";
  if (place.language.empty()) place.language = match[2];
  if (place.model.empty()) place.model = match[3];
  if (place.temperature.empty()) place.temperature = match[4];
  return true;
}

std::vector<std::string> split_tokens(const std::string& text) {
  std::vector<std::string> tokens;
  std::string token;
  for (const char c : text + "-") {
    if (c != '-' && c != '_' && c != ' ') {
      token += c;
      continue;
    }
    if (!token.empty()) tokens.push_back(token);
    token.clear();
  }
  return tokens;
}

bool is_half_precision(const std::string& text) {
  static constexpr std::array<const char*, 6> words = {"fp16", "bf16", "float16", "bfloat16", "f16", "16bit"};
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return text == word; });
}

// "2bit" -> 2, "int8" -> 8, "w4a16" -> 4, "q4" (of GGUF's q4_k_m) -> 4, "iq2" -> 2, "fp16" -> 16.
std::optional<int> bits_of(const std::string& token) {
  if (is_half_precision(token)) return 16;
  static const std::regex pattern("([0-9]{1,2})-?bits?|int([0-9]{1,2})|w([0-9]{1,2})a[0-9]{1,2}|i?q([0-9])");
  std::smatch match;
  if (token.size() > longest_name || !std::regex_match(token, match, pattern)) return std::nullopt;
  for (std::size_t group = 1; group < match.size(); ++group)
    if (match[group].matched) return std::stoi(match[group]);
  return std::nullopt;
}

/// The study's word for a precision from the words behind a model's size: bits, calibration, fine-tuning.
std::string study_precision(const std::vector<std::string>& tokens, int bits) {
  std::string text = fmt::format("{}bit", bits);
  for (const char* calibration : {"rnd", "mixed", "code"})
    if (std::find(tokens.begin(), tokens.end(), calibration) != tokens.end()) {
      text += fmt::format("-{}", calibration);
      break;
    }
  if (std::find(tokens.begin(), tokens.end(), "finetuned") != tokens.end()) text += "-finetuned";
  return text;
}

}  // namespace

void read_model_name(RunPlace& place) {
  static const std::regex pattern("(?:converted-)?(.*?([0-9]+(?:[._][0-9]+)?)b)(?:[-_](.*))?");
  const std::string name = lowered(place.model);
  std::smatch match;
  std::string rest;
  if (name.size() <= longest_name && std::regex_match(name, match, pattern)) {
    place.base_model = match[1];
    place.parameters = match[2].str() + "B";
    std::replace(place.parameters.begin(), place.parameters.end(), '_', '.');
    rest = match[3];
  } else {
    place.base_model = name;
  }
  const std::vector<std::string> tokens = split_tokens(rest);
  for (const std::string& token : tokens)
    if (place.bits = bits_of(token); place.bits) {
      const bool in_the_study_s_words = token.ends_with("bit") || is_half_precision(token);
      place.precision = in_the_study_s_words ? study_precision(tokens, *place.bits) : rest;
      return;
    }
  const std::vector<std::string> label = split_tokens(lowered(place.label));
  if (std::any_of(label.begin(), label.end(), [](const std::string& word) { return is_half_precision(word); })) {
    place.bits = 16;
    place.precision = "16bit";
    return;
  }
  place.precision = !place.label.empty() ? place.label : rest;
}

RunPlace place_of(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  RunPlace place;
  fs::path folder = fs::weakly_canonical(fs::absolute(path));
  if (datasets::kind_of(folder) == datasets::FileKind::results && !fs::is_directory(folder))
    folder = folder.parent_path();
  const std::string leaf = folder.filename().string();
  const fs::path above = folder.parent_path();
  if (read_study_folder(leaf, place)) {
    place.model = above.filename().string();
  } else if (read_study_folder(above.filename().string(), place)) {
    place.model = above.parent_path().filename().string();
    read_multipl_e_folder(leaf, place);
  } else {
    read_multipl_e_folder(leaf, place);
  }
  read_model_name(place);
  return place;
}

}  // namespace qualm::harness::comparison
