#pragma once

#include <string>
#include <string_view>

namespace qualm::harness {

/// Text of somebody else's made safe to print: control characters and invalid UTF-8 are shown as \xNN, so that no
/// completion can move the cursor, change colours or write to the clipboard of the terminal. Newlines and tabs stay.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace qualm::harness
