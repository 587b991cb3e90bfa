#include <fmt/core.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "datasets/json_document.h"
#include "generators/model_summary.h"
#include "harness/machine.h"
#include "harness/number_text.h"
#include "harness/subcommand.h"
#include "harness/table.h"
#include "harness/terminal_text.h"

namespace qualm::harness {
namespace {

using datasets::Json;
using generators::ModelSummary;
using generators::TensorSummary;
using generators::local::ModelConfig;
using generators::local::Rotary;

struct Amount {
  std::int64_t tensors = 0;
  std::int64_t weights = 0;
  std::int64_t bytes = 0;

  void add(const TensorSummary& tensor) {
    ++tensors;
    weights += tensor.rows * tensor.columns;
    bytes += tensor.bytes;
  }
  [[nodiscard]] double bits_per_weight() const {
    return weights == 0 ? 0.0 : 8.0 * static_cast<double>(bytes) / static_cast<double>(weights);
  }
};

struct Amounts {
  Amount all;
  std::map<std::string, Amount> by_type;
};

Amounts amounts_of(const ModelSummary& model) {
  Amounts amounts;
  for (const TensorSummary& tensor : model.tensors) {
    amounts.all.add(tensor);
    amounts.by_type[tensor.type].add(tensor);
  }
  return amounts;
}

std::int64_t cache_bytes_of_context(const ModelSummary& model) {
  return model.cache_bytes_per_token * model.config.context_length;
}

std::string positions_text(const ModelConfig& config) {
  if (!config.rotary) return "learned";
  const Rotary& rotary = *config.rotary;
  std::string text = fmt::format("rotary, theta {}", rotary.theta);
  if (rotary.scaling == Rotary::Scaling::linear) text += fmt::format(", linear scaling by {}", rotary.factor);
  if (rotary.scaling == Rotary::Scaling::llama3) text += fmt::format(", llama3 scaling by {}", rotary.factor);
  if (!rotary.frequency_divisors.empty()) text += ", with a divisor for each frequency";
  return text;
}

std::string activation_text(const ModelConfig& config) {
  switch (config.activation) {
    case ModelConfig::Activation::silu: return "silu";
    case ModelConfig::Activation::gelu_erf: return "gelu";
    case ModelConfig::Activation::gelu_tanh: return "gelu (tanh)";
  }
  return "";
}

/// "0-5, 7" of sorted layers.
std::string ranges_text(const std::vector<std::int64_t>& layers) {
  std::string text;
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t last = i;
    while (last + 1 < layers.size() && layers[last + 1] == layers[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", layers[i]);
    if (last > i) text += fmt::format("-{}", layers[last]);
    i = last + 1;
  }
  return text;
}

/// The tensors with those of all layers that have the same part, shape and type in one row.
Table tensor_table(const ModelSummary& model) {
  struct Key {
    std::string part;
    std::int64_t rows, columns;
    std::string type;
    // NOLINTNEXTLINE(modernize-use-nullptr): the check takes the default comparison for a null pointer.
    auto operator<=>(const Key&) const = default;
  };
  std::map<Key, std::vector<std::int64_t>> groups;
  for (const TensorSummary& tensor : model.tensors) {
    constexpr std::string_view prefix = "layers.";
    const char* const last = tensor.name.data() + tensor.name.size();
    std::int64_t layer = -1;
    std::string part = tensor.name;
    if (tensor.name.starts_with(prefix)) {
      const auto [end, error] = std::from_chars(tensor.name.data() + prefix.size(), last, layer);
      if (error == std::errc() && end != last) part = std::string(end + 1, last);
    }
    groups[{part, tensor.rows, tensor.columns, tensor.type}].push_back(layer);
  }
  Table table{{"Tensor", "Layers", "Shape", "Type"}, {}};
  for (auto& [key, layers] : groups) {
    std::sort(layers.begin(), layers.end());
    table.rows.push_back(
        {key.part, layers.front() < 0 ? "" : ranges_text(layers),
         key.rows == 1 ? fmt::format("{}", key.columns) : fmt::format("{} x {}", key.rows, key.columns), key.type});
  }
  return table;
}

void print_line(std::string_view what, const std::string& text) { fmt::print("{:<14}{}\n", what, text); }

std::string size_text(std::int64_t bytes) { return bytes_text(static_cast<std::uint64_t>(bytes)); }

void print_text(const std::filesystem::path& path, const ModelSummary& model) {
  const ModelConfig& config = model.config;
  const Amounts amounts = amounts_of(model);
  print_line("Model", fmt::format("{} ({}, {} file{}, {})", printable(path.string()), model.format, model.files.size(),
                                  model.files.size() == 1 ? "" : "s", size_text(model.file_bytes)));
  print_line("Architecture",
             fmt::format("{}: {} layers, hidden size {}, {} heads of {}, {} key/value head{}, {} of size {} with {}",
                         config.architecture, config.layers, config.hidden_size, config.heads, config.head_dim,
                         config.key_value_heads, config.key_value_heads == 1 ? "" : "s",
                         config.gated_mlp ? "gated MLP" : "MLP", config.intermediate_size, activation_text(config)));
  print_line("Positions", fmt::format("{}; context of {} tokens", positions_text(config), config.context_length));
  print_line("Vocabulary",
             fmt::format("{} tokens, embeddings {}; end tokens {}", config.vocabulary,
                         config.tied_embeddings ? "tied" : "not tied", fmt::join(config.end_tokens, ", ")));
  print_line("Weights", fmt::format("{} in {} tensors, {}, {:.3f} bits a weight", amounts.all.weights,
                                    amounts.all.tensors, size_text(amounts.all.bytes), amounts.all.bits_per_weight()));
  print_line("Memory",
             fmt::format("{} for weights; {} a token of a completion ({} for a whole context); {} for tables; "
                         "available here: {}",
                         size_text(amounts.all.bytes), size_text(model.cache_bytes_per_token),
                         size_text(cache_bytes_of_context(model)), size_text(model.table_bytes),
                         bytes_text(available_memory_bytes())));
  Table types{{"Type", "Tensors", "Weights", "Bytes", "Bits a weight"}, {}};
  for (const auto& [type, amount] : amounts.by_type)
    types.rows.push_back({type, fmt::format("{}", amount.tensors), fmt::format("{}", amount.weights),
                          fmt::format("{}", amount.bytes), fmt::format("{:.3f}", amount.bits_per_weight())});
  fmt::print("\n{}\n{}", render(types, TableFormat::text), render(tensor_table(model), TableFormat::text));
}

Json rotary_json(const Rotary& rotary) {
  constexpr const char* scalings[] = {"none", "linear", "llama3"};
  return {{"theta", rotary.theta},
          {"scaling", scalings[static_cast<int>(rotary.scaling)]},
          {"factor", rotary.factor},
          {"frequency_divisors", rotary.frequency_divisors.size()},
          {"interleaved", rotary.interleaved}};
}

Json to_json(const std::filesystem::path& path, const ModelSummary& model) {
  const ModelConfig& config = model.config;
  const Amounts amounts = amounts_of(model);
  Json files = Json::array();
  for (const auto& file : model.files) files.push_back(file.string());
  Json types = Json::object();
  for (const auto& [type, amount] : amounts.by_type)
    types[type] = {{"tensors", amount.tensors},
                   {"weights", amount.weights},
                   {"bytes", amount.bytes},
                   {"bits_per_weight", amount.bits_per_weight()}};
  Json tensors = Json::array();
  for (const TensorSummary& tensor : model.tensors)
    tensors.push_back({{"name", tensor.name},
                       {"rows", tensor.rows},
                       {"columns", tensor.columns},
                       {"type", tensor.type},
                       {"bytes", tensor.bytes}});
  return {{"model", path.string()},
          {"format", model.format},
          {"files", files},
          {"file_bytes", model.file_bytes},
          {"architecture", config.architecture},
          {"layers", config.layers},
          {"hidden_size", config.hidden_size},
          {"heads", config.heads},
          {"key_value_heads", config.key_value_heads},
          {"head_dim", config.head_dim},
          {"intermediate_size", config.intermediate_size},
          {"vocabulary", config.vocabulary},
          {"context_length", config.context_length},
          {"activation", activation_text(config)},
          {"tied_embeddings", config.tied_embeddings},
          {"rotary", config.rotary ? rotary_json(*config.rotary) : Json()},
          {"end_tokens", config.end_tokens},
          {"weights", amounts.all.weights},
          {"weight_bytes", amounts.all.bytes},
          {"bits_per_weight", amounts.all.bits_per_weight()},
          {"memory",
           {{"weight_bytes", amounts.all.bytes},
            {"cache_bytes_per_token", model.cache_bytes_per_token},
            {"cache_bytes_of_context", cache_bytes_of_context(model)},
            {"table_bytes", model.table_bytes},
            {"available_bytes", available_memory_bytes()}}},
          {"types", types},
          {"tensors", tensors}};
}

struct Options {
  std::filesystem::path model;
  std::string format = "table";
};

ExitCode run_inspect(const Options& options) {
  const ModelSummary model = generators::inspect_local_model(options.model);
  if (options.format == "json")
    fmt::print("{}\n", datasets::dump_json(to_json(options.model, model)));
  else
    print_text(options.model, model);
  return ExitCode::done;
}

}  // namespace

void add_inspect(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("inspect", "A model's architecture, tensors, types, bits per weight and memory need");
  command->add_option("model", options->model, "A .gguf file, or a folder with config.json and weights")->required();
  command->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->footer("Nothing is loaded: files are mapped and their headers read.\nExample: qualm inspect model.gguf");
  command->callback([options, &chosen] { chosen = [options] { return run_inspect(*options); }; });
}

}  // namespace qualm::harness
