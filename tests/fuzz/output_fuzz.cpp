#include <cstddef>
#include <cstdint>
#include <string>

#include "datasets/json_document.h"
#include "languages/judge.h"

// A program's output, whatever its bytes, becomes text that JSON takes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  qualm::sandbox::Outcome outcome;
  outcome.standard_output.assign(reinterpret_cast<const char*>(data), size);
  outcome.standard_error = outcome.standard_output;
  const auto result = qualm::languages::result_of("", outcome);
  (void)qualm::datasets::Json(result.standard_output).dump();
  (void)qualm::datasets::Json(result.standard_error).dump();
  return 0;
}
