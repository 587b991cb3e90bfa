#pragma once

#include <array>
#include <cstddef>

namespace qualm::languages::python {

/// What the program's process leaves at the start of the memory that a zygote shares with the harness, once the last
/// statement has run. No descriptor and no Python object leads there: a program would need native code to write it.
using Mark = std::array<unsigned char, 16>;

/// What a zygote's child is asked to do, as the first character of its task. The rest is the mark in hexadecimal, a
/// space, and the number of bytes before the tests.
inline constexpr char kRunProgram = 'r';
/// The same with the expected value of each comparison of the tests replaced: the honest fail.
inline constexpr char kRunRewritten = 'w';
/// The same, with other values in the program's file too.
inline constexpr char kRunRewrittenInText = 't';

}  // namespace qualm::languages::python
