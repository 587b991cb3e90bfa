#pragma once

#include "generators/local_model.h"
#include "generators/model_summary.h"

/// What libqualm_local.so exports; open_local_model.cpp looks it up by these names. The caller owns what they
/// return. They throw as open_local_model does.
extern "C" __attribute__((visibility("default"))) qualm::generators::LocalModel* qualm_open_local_model(
    const qualm::generators::LocalModelOptions& options);
extern "C" __attribute__((visibility("default"))) qualm::generators::local::Tokenizer* qualm_open_tokenizer(
    const std::filesystem::path& model);
extern "C" __attribute__((visibility("default"))) qualm::generators::ModelSummary* qualm_inspect_local_model(
    const std::filesystem::path& model);
extern "C" __attribute__((visibility("default"))) std::vector<qualm::generators::DeviceReport>* qualm_local_devices();
