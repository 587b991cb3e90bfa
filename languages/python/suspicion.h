#pragma once

#include "languages/language.h"

namespace qualm::languages::python {

/// Whether a program that passed could have passed by anything but answers that equal the expected ones: false only
/// where its text shows that it could not, so that the run with other expected values would say nothing new. Wrong for
/// no program in the direction of false; honest programs in a less common style are true. False needs all of these:
/// - prompt, completion and tests parse without an error, and no construct reaches from the completion into the tests,
///   as an open string would;
/// - the completion is printable ASCII, declares no encoding, and is made of ordinary constructs only: no classes, no
///   decorators, no `global`, no assignment to attributes;
/// - it imports from listed modules and uses listed attributes: methods of built-in types and functions of those
///   modules, none of which lead to frames, to modules, or to attributes by name;
/// - it names no built-in function that leads there (`exec`, `getattr`, `type` ...) and nothing that starts with an
///   underscore;
/// - at module level it only defines functions and imports, and under no name that the tests use;
/// - the tests compare outside loops and comprehensions, which an empty answer would skip.
[[nodiscard]] bool may_bend_comparisons(const Program& program);

}  // namespace qualm::languages::python
