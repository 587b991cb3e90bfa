#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "datasets/input_error.h"
#include "datasets/problem.h"

using namespace qualm::datasets;

// Every name that comes through can be a file's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    for (const Problem& problem : parse_problems(std::string(reinterpret_cast<const char*>(data), size), "F.jsonl"))
      if (!is_file_stem(problem.name)) std::abort();
  } catch (const InputError&) {
    return 0;
  }
  return 0;
}
