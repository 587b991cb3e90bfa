#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/problem.h"

namespace qualm::datasets {

/// A problem file that ships with the project.
struct Benchmark {
  std::string name;      ///< "humaneval", "mceval"
  std::string language;  ///< "py", "java"
  std::string file;      ///< below datasets/data
  std::size_t problems;  ///< how many it holds
};

/// All shipped problem files; provenance and licences are in datasets/data/README.md.
[[nodiscard]] const std::vector<Benchmark>& benchmarks();

/// Where shipped data lies: the source tree it was built from, or the installed place. Throws InputError where neither
/// is there.
[[nodiscard]] std::filesystem::path data_folder();

/// The problems of a shipped benchmark in one language. Throws InputError naming what exists.
[[nodiscard]] std::vector<Problem> read_benchmark(const std::string& name, const std::string& language);

}  // namespace qualm::datasets
