#pragma once

#include <memory>

#include "generators/local_model.h"

namespace CLI {
class App;
}

namespace qualm::harness {

/// Adds --model, --device, --kernel, --threads, --max-batch and --memory; the options live as long as what is returned.
[[nodiscard]] std::shared_ptr<generators::LocalModelOptions> add_local_model_options(CLI::App& command);

}  // namespace qualm::harness
