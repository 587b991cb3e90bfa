#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "languages/language.h"

using namespace qualm::languages;

// The first byte chooses the language and the way, the second where the prompt ends. What is kept is the completion's
// beginning.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Language& language = *all()[data[0] % all().size()];
  const Cleaning cleaning = (data[0] & 0x80) != 0 ? Cleaning::study : Cleaning::exact;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t prompt = text.size() * data[1] / 255;
  try {
    const std::string kept = language.clean(text.substr(0, prompt), text.substr(prompt), cleaning);
    if (!text.substr(prompt).starts_with(kept)) std::abort();
  } catch (const CleaningError&) {
    return 0;
  }
  return 0;
}
