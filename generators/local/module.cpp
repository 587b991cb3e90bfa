#include "generators/local/module.h"

#include "generators/local/device.h"
#include "generators/local/local_generator.h"
#include "generators/local/summary.h"

using namespace qualm::generators;

extern "C" LocalModel* qualm_open_local_model(const LocalModelOptions& options) {
  return new local::LocalGenerator(
      local::open_checkpoint(options.model), [model = options.model] { return local::open_tokenizer(model); }, options);
}

extern "C" local::Tokenizer* qualm_open_tokenizer(const std::filesystem::path& model) {
  return local::open_tokenizer(model).release();
}

extern "C" ModelSummary* qualm_inspect_local_model(const std::filesystem::path& model) {
  return new ModelSummary(local::summary_of(*local::open_checkpoint(model)));
}

extern "C" std::vector<DeviceReport>* qualm_local_devices() {
  return new std::vector<DeviceReport>(local::report_devices());
}
