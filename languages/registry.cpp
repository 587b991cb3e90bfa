#include <algorithm>

#include "languages/java/java.h"
#include "languages/language.h"
#include "languages/python/python.h"

namespace qualm::languages {
namespace {

std::vector<std::unique_ptr<Language>> make_languages() {
  std::vector<std::unique_ptr<Language>> languages;
  languages.push_back(python::make_language());
  languages.push_back(java::make_language());
  return languages;
}

}  // namespace

const std::vector<std::unique_ptr<Language>>& all() {
  static const std::vector<std::unique_ptr<Language>> languages = make_languages();
  return languages;
}

const Language* find(std::string_view name) {
  for (const auto& language : all()) {
    const auto aliases = language->aliases();
    if (language->name() == name || std::find(aliases.begin(), aliases.end(), name) != aliases.end()) {
      return language.get();
    }
  }
  return nullptr;
}

}  // namespace qualm::languages
