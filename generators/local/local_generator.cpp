#include "generators/local/local_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <utility>

#include "generators/local/device.h"
#include "generators/local/file_hash.h"
#include "generators/request_error.h"

namespace qualm::generators::local {
namespace {

int thread_count(int wanted) {
  if (wanted < 0) throw RequestError(fmt::format("{} threads: give 1 or more, or 0 for as many as cores", wanted));
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::int64_t row_count(std::int64_t wanted, const Operations& operations) {
  if (wanted < 0) throw RequestError(fmt::format("a batch of {}: give 1 or more, or 0 for the default", wanted));
  return wanted > 0 ? wanted : operations.preferred_rows();
}

quant::KernelSet kernel_set(const LocalModelOptions& options) {
  try {
    return options.kernels == "auto" ? quant::best_kernels() : quant::parse_kernels(options.kernels);
  } catch (const std::invalid_argument& error) {
    throw RequestError(error.what());
  }
}

std::uint64_t weight_bytes(const Checkpoint& checkpoint) {
  std::uint64_t bytes = 0;
  for (const std::string& name : checkpoint.names()) bytes += checkpoint.find(name)->data.size();
  return bytes;
}

double bits_per_weight(const Checkpoint& checkpoint) {
  double weights = 0.0;
  for (const std::string& name : checkpoint.names()) {
    const quant::PackedTensor& tensor = *checkpoint.find(name);
    weights += static_cast<double>(tensor.rows) * static_cast<double>(tensor.columns);
  }
  return weights > 0.0 ? 8.0 * static_cast<double>(weight_bytes(checkpoint)) / weights : 0.0;
}

// Before anything is loaded, so that a model that is too large is said in words and not by the kernel's killer.
std::uint64_t available_for(const Checkpoint& checkpoint, const Operations& operations) {
  const std::uint64_t needed = weight_bytes(checkpoint);
  const std::uint64_t available = operations.available_memory();
  if (needed > available)
    throw std::runtime_error(fmt::format(
        "{}: the weights take {} MiB and device {} has {} MiB of memory available; use a smaller "
        "model or another --device",
        checkpoint.files().front().string(), needed >> 20, operations.numeric_path().at("device"), available >> 20));
  return available;
}

// The cache takes at most half of what is free once the weights are there, unless told.
std::int64_t page_bound(const LocalModelOptions& options, const Checkpoint& checkpoint, std::uint64_t available,
                        std::int64_t page_floats) {
  const std::uint64_t weights = weight_bytes(checkpoint);
  const std::uint64_t bytes =
      options.memory_bytes > 0 ? options.memory_bytes : (available > weights ? available - weights : 0) / 2;
  const std::uint64_t pages = bytes / (static_cast<std::uint64_t>(page_floats) * sizeof(float));
  return static_cast<std::int64_t>(std::min<std::uint64_t>(pages, std::uint64_t{1} << 30));
}

}  // namespace

LocalGenerator::LocalGenerator(std::unique_ptr<Checkpoint> checkpoint, TokenizerSource open_tokenizer,
                               const LocalModelOptions& options)
    : checkpoint_(std::move(checkpoint)),
      open_tokenizer_(std::move(open_tokenizer)),
      kernels_(kernel_set(options)),
      threads_(thread_count(options.threads)),
      operations_(open_device(options.device, kernels_, threads_)),
      max_rows_(row_count(options.max_batch, *operations_)),
      available_bytes_(available_for(*checkpoint_, *operations_)),
      architecture_(*checkpoint_, *operations_),
      cache_(*operations_, architecture_.page_floats(),
             page_bound(options, *checkpoint_, available_bytes_, architecture_.page_floats())) {}

void LocalGenerator::need_tokenizer() {
  if (!tokenizer_) tokenizer_ = open_tokenizer_();
}

Task LocalGenerator::task(const Request& request, const Sampling& sampling) const {
  Task task{.request = &request,
            .prompt = tokenizer_->encode(stripped(request.prompt), true),
            .limit = architecture_.config().context_length};
  if (task.prompt.empty() && architecture_.config().begin_token)
    task.prompt.push_back(*architecture_.config().begin_token);
  if (task.prompt.empty()) throw RequestError(fmt::format("{}: the prompt is empty", request.problem));
  // A tokenizer may name tokens that no prompt has and the model does not know, as for padding.
  for (const TokenId token : task.prompt)
    if (token >= architecture_.config().vocabulary)
      throw CheckpointError(
          checkpoint_->files().front(),
          fmt::format("the tokenizer has {} tokens and gives {} for {}, the model's vocabulary is {}",
                      tokenizer_->vocabulary(), token, request.problem, architecture_.config().vocabulary));
  const auto prompt = static_cast<std::int64_t>(task.prompt.size());
  if (prompt >= task.limit)
    throw RequestError(
        fmt::format("{}: the prompt has {} tokens and the model's context {}; leave the problem out or use a "
                    "model with a longer context",
                    request.problem, prompt, task.limit));
  if (sampling.max_length > 0) task.limit = std::min(task.limit, sampling.max_length);
  if (prompt >= task.limit)
    throw RequestError(
        fmt::format("{}: the prompt has {} tokens, so that nothing is left of the maximal length of {}; "
                    "raise --max-length or leave the problem out",
                    request.problem, prompt, task.limit));
  if (sampling.max_tokens > 0) task.limit = std::min(task.limit, prompt + sampling.max_tokens);
  return task;
}

void LocalGenerator::check_memory(const std::vector<Task>& tasks) const {
  std::int64_t longest = 0;
  for (const Task& task : tasks) longest = std::max(longest, task.limit);
  const std::int64_t needed = KeyValueCache::pages_of(longest) + 1;
  if (needed <= cache_.page_bound()) return;
  const auto mebibytes = [&](std::int64_t pages) {
    return (static_cast<std::uint64_t>(pages * architecture_.page_floats()) * sizeof(float) + (1 << 20) - 1) >> 20;
  };
  throw std::runtime_error(
      fmt::format("the key/value cache of one sequence of {} tokens takes {} MiB and {} MiB are "
                  "allowed; raise --memory (eval: --cache-memory) or lower "
                  "--max-length",
                  longest, mebibytes(needed), mebibytes(cache_.page_bound())));
}

std::vector<Task> LocalGenerator::tasks(const std::vector<Request>& requests, const Sampling& sampling) {
  need_tokenizer();
  std::vector<Task> all;
  for (const Request& request : requests)
    if (!request.samples.empty()) all.push_back(task(request, sampling));
  check_memory(all);
  return all;
}

void LocalGenerator::check(const std::vector<Request>& requests, const Sampling& sampling) {
  (void)tasks(requests, sampling);
}

void LocalGenerator::generate(const std::vector<Request>& requests, const Sampling& sampling, const Sink& sink,
                              const std::stop_token& stop) {
  std::vector<Task> all = tasks(requests, sampling);
  try {
    Scheduler scheduler({.architecture = architecture_,
                         .cache = cache_,
                         .tokenizer = *tokenizer_,
                         .kernels = cpu_kernels(kernels_),
                         .threads = threads_},
                        sampling, max_rows_);
    scheduler.run(std::move(all), sink, stop);
  } catch (const std::invalid_argument& error) {
    throw RequestError(error.what());
  }
}

SequenceLogits LocalGenerator::logits(const std::vector<std::int32_t>& tokens) {
  const ModelConfig& config = architecture_.config();
  const auto length = static_cast<std::int64_t>(tokens.size());
  if (length < 1) throw RequestError("logits of no tokens: give one token id or more");
  if (length > config.context_length)
    throw RequestError(fmt::format("{} tokens are more than the model's context of {}", length, config.context_length));
  for (const std::int32_t token : tokens)
    if (token < 0 || token >= config.vocabulary)
      throw RequestError(fmt::format("token id {} is not in the vocabulary of {}", token, config.vocabulary));
  KeyValueCache::Sequence pages;
  if (!cache_.reserve(pages, 0, length))
    throw std::runtime_error(fmt::format("the key/value cache has no room for {} tokens; raise --memory", length));
  const CpuKernels& kernels = cpu_kernels(kernels_);
  SequenceLogits result;
  std::vector<float> rows, scratch(static_cast<std::size_t>(config.vocabulary));
  for (std::int64_t begin = 0; begin < length; begin += max_rows_) {
    Batch batch;
    for (std::int64_t position = begin; position < std::min(begin + max_rows_, length); ++position) {
      batch.wanted.push_back(batch.rows());
      batch.tokens.push_back(tokens[static_cast<std::size_t>(position)]);
      batch.positions.push_back(position);
      batch.pages.emplace_back(pages.addresses);
    }
    architecture_.forward(batch, rows);
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const float* values = rows.data() + row * config.vocabulary;
      const float greatest = kernels.maximum(values, config.vocabulary);
      const double sum = kernels.exponentials(values, greatest, 1.0F, config.vocabulary, scratch.data());
      result.argmax.push_back(
          static_cast<std::int32_t>(std::find(values, values + config.vocabulary, greatest) - values));
      result.log_sum_exp.push_back(static_cast<double>(greatest) + std::log(sum));
    }
    result.last_logits.assign(rows.end() - config.vocabulary, rows.end());
  }
  cache_.release(pages);
  return result;
}

datasets::Json LocalGenerator::description() const {
  datasets::Json numeric_path = operations_->numeric_path();
  numeric_path["qualm"] = QUALM_VERSION;
  const ModelConfig& config = architecture_.config();
  std::vector<std::string> files;
  for (const auto& file : checkpoint_->files()) files.push_back(file.filename().string());
  return {{"kind", "local model"},
          {"model_sha256", hash_of_files(checkpoint_->files())},
          {"files", files},
          {"format", checkpoint_->format()},
          {"architecture", config.architecture},
          {"bits_per_weight", bits_per_weight(*checkpoint_)},
          {"numeric_path", std::move(numeric_path)}};
}

}  // namespace qualm::generators::local
