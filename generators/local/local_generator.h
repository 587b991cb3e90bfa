#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "generators/local/architecture.h"
#include "generators/local/checkpoint/checkpoint.h"
#include "generators/local/cpu_kernels.h"
#include "generators/local/key_value_cache.h"
#include "generators/local/scheduler.h"
#include "generators/local/tokenizer/tokenizer.h"
#include "generators/local_model.h"

namespace qualm::generators::local {

/// Opens a model's tokenizer; may throw CheckpointError.
using TokenizerSource = std::function<std::unique_ptr<Tokenizer>()>;

/// A checkpoint, its tokenizer, and the device that runs it. The tokenizer is opened by the first generate(): logits()
/// and measure() need none.
class LocalGenerator : public LocalModel {
 public:
  LocalGenerator(std::unique_ptr<Checkpoint> checkpoint, TokenizerSource open_tokenizer,
                 const LocalModelOptions& options);

  void check(const std::vector<Request>& requests, const Sampling& sampling) override;
  void generate(const std::vector<Request>& requests, const Sampling& sampling, const Sink& sink,
                const std::stop_token& stop) override;
  [[nodiscard]] SequenceLogits logits(const std::vector<std::int32_t>& tokens) override;
  [[nodiscard]] Throughput measure(std::int64_t prompt, std::int64_t streams, std::int64_t tokens) override;
  [[nodiscard]] datasets::Json description() const override;

 private:
  void need_tokenizer();
  /// The tasks of `requests`, checked.
  [[nodiscard]] std::vector<Task> tasks(const std::vector<Request>& requests, const Sampling& sampling);
  [[nodiscard]] Task task(const Request& request, const Sampling& sampling) const;
  void check_memory(const std::vector<Task>& tasks) const;

  std::unique_ptr<Checkpoint> checkpoint_;
  TokenizerSource open_tokenizer_;
  std::unique_ptr<Tokenizer> tokenizer_;
  quant::KernelSet kernels_;
  quant::Threads threads_;
  std::unique_ptr<Operations> operations_;
  std::int64_t max_rows_;
  std::uint64_t available_bytes_;  ///< on the device, before the weights are there
  Architecture architecture_;
  KeyValueCache cache_;
};

}  // namespace qualm::generators::local
