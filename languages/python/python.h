#pragma once

#include <memory>

#include "languages/language.h"

namespace qualm::languages::python {

/// Python 3 as MultiPL-E runs it: `python3 FILE`.
[[nodiscard]] std::unique_ptr<Language> make_language();

}  // namespace qualm::languages::python
