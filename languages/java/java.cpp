#include "languages/java/java.h"

#include "languages/first_function.h"
#include "languages/java/java_runner.h"

extern "C" const TSLanguage* tree_sitter_java(void);

namespace qualm::languages::java {
namespace {

class Java : public Language {
 public:
  [[nodiscard]] std::string_view name() const override { return "java"; }
  [[nodiscard]] std::vector<std::string_view> aliases() const override { return {}; }
  [[nodiscard]] std::string clean(std::string_view prompt, std::string_view completion,
                                  Cleaning cleaning) const override {
    return cut_after_first_function({tree_sitter_java(), "method_declaration"}, prompt, completion, cleaning);
  }
  [[nodiscard]] std::unique_ptr<Runner> prepare(const Settings& settings) const override {
    return make_runner(settings);
  }
};

}  // namespace

std::unique_ptr<Language> make_language() { return std::make_unique<Java>(); }

}  // namespace qualm::languages::java
