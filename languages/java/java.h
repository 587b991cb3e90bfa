#pragma once

#include <memory>

#include "languages/language.h"

namespace qualm::languages::java {

/// Java as MultiPL-E runs it: `javac -encoding UTF8 -d DIR FILE`, then `java -ea -cp DIR:javatuples.jar Problem`.
[[nodiscard]] std::unique_ptr<Language> make_language();

}  // namespace qualm::languages::java
