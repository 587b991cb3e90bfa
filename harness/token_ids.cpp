#include "harness/token_ids.h"

#include "datasets/input_error.h"
#include "datasets/json_document.h"

namespace qualm::harness {

std::vector<std::int32_t> parse_token_ids(const std::string& line, std::size_t number) {
  const std::filesystem::path input = "standard input";
  const datasets::Json json = datasets::parse_json(line, input, number);
  const auto fail = [&]() -> datasets::InputError {
    return {input, fmt::format("line {}: expected a JSON array of token ids", number)};
  };
  if (!json.is_array()) throw fail();
  std::vector<std::int32_t> ids;
  for (const datasets::Json& id : json) {
    if (!id.is_number_integer() || id < 0 || id > INT32_MAX) throw fail();
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

}  // namespace qualm::harness
