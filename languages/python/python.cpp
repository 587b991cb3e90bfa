#include "languages/python/python.h"

#include "languages/first_function.h"
#include "languages/python/python_runner.h"

extern "C" const TSLanguage* tree_sitter_python(void);

namespace qualm::languages::python {
namespace {

class Python : public Language {
 public:
  [[nodiscard]] std::string_view name() const override { return "py"; }
  [[nodiscard]] std::vector<std::string_view> aliases() const override { return {"python"}; }
  [[nodiscard]] std::string clean(std::string_view prompt, std::string_view completion,
                                  Cleaning cleaning) const override {
    return cut_after_first_function({tree_sitter_python(), "function_definition"}, prompt, completion, cleaning);
  }
  [[nodiscard]] std::unique_ptr<Runner> prepare(const Settings& settings) const override {
    return make_runner(settings);
  }
};

}  // namespace

std::unique_ptr<Language> make_language() { return std::make_unique<Python>(); }

}  // namespace qualm::languages::python
