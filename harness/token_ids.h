#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace qualm::harness {

/// The token ids of one line of standard input, a JSON array. `number` counts lines from 1, for messages. Throws
/// InputError.
[[nodiscard]] std::vector<std::int32_t> parse_token_ids(const std::string& line, std::size_t number);

}  // namespace qualm::harness
