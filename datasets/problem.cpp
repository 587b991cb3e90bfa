#include "datasets/problem.h"

#include <algorithm>
#include <unordered_set>

#include "datasets/atomic_file.h"
#include "datasets/gzip.h"
#include "datasets/input_error.h"

namespace qualm::datasets {
namespace {

Problem parse_problem(Json object, const std::filesystem::path& file, const std::string& place) {
  Problem problem;
  const Fields fields(object, file, place);
  problem.name = fields.string("name");
  problem.language = fields.string("language");
  problem.prompt = fields.string("prompt");
  problem.tests = fields.string("tests");
  problem.stop_tokens = fields.strings("stop_tokens");
  if (!is_file_stem(problem.name))
    throw InputError(file,
                     fmt::format("{}: field \"name\" cannot be a file's name: {}", place, Json(problem.name).dump()));
  problem.fields = std::move(object);
  return problem;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

bool is_file_stem(const std::string& name) {
  constexpr std::size_t longest = 200;  // leaves room for the suffixes within the 255 bytes of common file systems
  return !name.empty() && name.size() <= longest && name.front() != '.' &&
         std::none_of(name.begin(), name.end(),
                      [](unsigned char c) { return c == '/' || c == '\\' || c < 0x20 || c == 0x7f; });
}

std::vector<Problem> read_problems(const std::filesystem::path& file) { return parse_problems(read_file(file), file); }

std::vector<Problem> parse_problems(std::string text, const std::filesystem::path& file) {
  if (text.starts_with("\x1f\x8b")) text = gzip_decompress(text, file);
  std::vector<Problem> problems;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) throw InputError(file, "holds no problems");
  if (text[first] == '[') {
    Json list = parse_json(text, file);
    for (Json& object : list)
      problems.push_back(parse_problem(std::move(object), file, fmt::format("[{}]", problems.size())));
  } else {
    std::size_t line_number = 1;
    for (std::size_t start = 0; start < text.size(); ++line_number) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      const std::string_view line = std::string_view(text).substr(start, end - start);
      if (!is_blank(line))
        problems.push_back(
            parse_problem(parse_json(line, file, line_number), file, fmt::format("line {}", line_number)));
      start = end + 1;
    }
  }
  std::unordered_set<std::string> names;
  for (const Problem& problem : problems)
    if (!names.insert(problem.language + "/" + problem.name).second)
      throw InputError(file, fmt::format("problem \"{}\" stands twice", problem.name));
  return problems;
}

}  // namespace qualm::datasets
