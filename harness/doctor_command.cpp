#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "generators/local_model.h"
#include "harness/machine.h"
#include "harness/number_text.h"
#include "harness/run_settings_options.h"
#include "harness/subcommand.h"
#include "languages/language.h"
#include "sandbox/jail.h"

namespace qualm::harness {
namespace {

bool report_layers() {
  bool all = true;
  fmt::print("Sandbox\n");
  for (const sandbox::LayerReport& layer : sandbox::inspect_layers()) {
    fmt::print("  {:<4} {}{}\n", layer.available ? "yes" : "NO", layer.layer,
               layer.detail.empty() ? "" : ": " + layer.detail);
    if (!layer.available && !layer.remedy.empty()) fmt::print("       {}\n", layer.remedy);
    all = all && layer.available;
  }
  return all;
}

bool report_level(sandbox::Level level) {
  try {
    const sandbox::Jail jail(level);
    fmt::print("  yes  --sandbox={}\n", sandbox::to_string(level));
    return true;
  } catch (const std::exception& error) {
    fmt::print("  NO   --sandbox={}: {}\n", sandbox::to_string(level), error.what());
    return false;
  }
}

bool report_language(const languages::Language& language, const languages::Settings& settings) {
  try {
    const auto runner = language.prepare(settings);
    std::string versions;
    for (const auto& [tool, version] : runner->versions())
      versions += fmt::format("{}{} {}", versions.empty() ? "" : ", ", tool, version);
    fmt::print("  yes  {}: {}\n", language.name(), versions);
    return true;
  } catch (const std::exception& error) {
    fmt::print("  NO   {}: {}\n", language.name(), error.what());
    return false;
  }
}

// Which devices a model can run on changes nothing of what a sandbox needs.
void report_devices() {
  fmt::print("Local models\n");
  try {
    for (const generators::DeviceReport& report : generators::local_devices())
      fmt::print("  {:<4} --device={}: {}\n", report.available ? "yes" : "no", report.device, report.detail);
  } catch (const std::runtime_error& error) {
    fmt::print("  no   {}\n", error.what());
  }
}

ExitCode run_doctor(const RunSettingsOptions& options) {
  const languages::Settings settings = options.settings();
  report_layers();
  fmt::print("Levels\n");
  bool usable = true;
  for (const sandbox::Level level : {sandbox::Level::full, sandbox::Level::no_proc, sandbox::Level::seccomp}) {
    const bool available = report_level(level);
    if (level == settings.level) usable = available;
  }
  fmt::print("Languages (with --sandbox={})\n", sandbox::to_string(settings.level));
  for (const auto& language : languages::all()) usable = report_language(*language, settings) && usable;
  report_devices();
  fmt::print("Machine\n  {} processors, {} of memory free\n", available_processors(),
             bytes_text(available_memory_bytes()));
  fmt::print("{}\n", usable ? "Everything that --sandbox=" + sandbox::to_string(settings.level) + " needs is there."
                            : "Something is missing; see the lines marked NO.");
  return usable ? ExitCode::done : ExitCode::environment;
}

}  // namespace

void add_doctor(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<RunSettingsOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "What this machine can do: sandbox layers, languages, devices, memory");
  options->add_to(*command);
  command->footer("Example: qualm doctor --sandbox=no-proc");
  command->callback([options, &chosen] { chosen = [options] { return run_doctor(*options); }; });
}

}  // namespace qualm::harness
