#include "datasets/benchmark.h"

#include "datasets/input_error.h"

namespace qualm::datasets {

const std::vector<Benchmark>& benchmarks() {
  static const std::vector<Benchmark> table = {
      {"humaneval", "py", "humaneval/humaneval-py.jsonl", 161},
      {"humaneval", "java", "humaneval/humaneval-java.jsonl", 158},
      {"mceval", "py", "mceval/mceval_py.jsonl", 42},
      {"mceval", "java", "mceval/mceval_java.jsonl", 53},
  };
  return table;
}

std::filesystem::path data_folder() {
  for (const char* folder : {QUALM_DATA_DIR, QUALM_INSTALLED_DATA_DIR})
    if (std::filesystem::is_directory(folder)) return folder;
  throw InputError(QUALM_INSTALLED_DATA_DIR, "the shipped benchmark data is not there; reinstall");
}

std::vector<Problem> read_benchmark(const std::string& name, const std::string& language) {
  std::string known;
  for (const Benchmark& benchmark : benchmarks()) {
    if (benchmark.name == name && benchmark.language == language) return read_problems(data_folder() / benchmark.file);
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", benchmark.name, benchmark.language);
  }
  throw InputError(name,
                   fmt::format("no shipped benchmark of this name for language \"{}\"; there are {}", language, known));
}

}  // namespace qualm::datasets
