#pragma once

#include <string>
#include <string_view>

#include "datasets/execution.h"

namespace qualm::harness::comparison {

/// What went wrong with one completion, by what MultiPL-E keeps of it: "passed", "Timeout", the exception's type
/// ("AssertionError", "IndexOutOfBoundsException"), the compiler's message without names ("cannot find symbol"), else
/// "SyntaxError" or the status as written.
[[nodiscard]] std::string failure_of(const datasets::ExecutionResult& result, std::string_view language);

/// True where the text ends in one piece (at least two characters that are not all white space) repeated over and over:
/// four times or more, over 80 characters or more.
[[nodiscard]] bool is_repeating(std::string_view text);

/// True where there is nothing but white space.
[[nodiscard]] bool is_blank(std::string_view text);

/// The completion within a program of the form prompt + completion + "\n" + tests; the whole program where it is not of
/// that form.
[[nodiscard]] std::string_view completion_in(std::string_view program, std::string_view prompt, std::string_view tests);

/// Where two texts part: the number of characters (UTF-8) that they have in common at the start; npos for equal texts.
[[nodiscard]] std::size_t first_difference(std::string_view a, std::string_view b);

}  // namespace qualm::harness::comparison
