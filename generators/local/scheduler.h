#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <stop_token>
#include <vector>

#include "generators/generator.h"
#include "generators/local/architecture.h"
#include "generators/local/completion_text.h"
#include "generators/local/key_value_cache.h"
#include "generators/local/sampler.h"
#include "generators/local/tokenizer/tokenizer.h"
#include "quant/threads.h"

namespace qualm::generators::local {

/// What the scheduler works with; all of it outlives the scheduler.
struct Engine {
  Architecture& architecture;
  KeyValueCache& cache;
  const Tokenizer& tokenizer;
  const CpuKernels& kernels;
  quant::Threads& threads;
};

/// One problem to answer, checked already: the prompt is not empty and shorter than `limit`.
struct Task {
  const Request* request = nullptr;
  std::vector<TokenId> prompt;
  std::int64_t limit = 0;  ///< tokens of prompt and completion together
};

/// Continuous batching: every step runs one forward pass over at most `max_rows` rows, the next token of each running
/// stream first, then a chunk of a prompt that is being read. A problem's samples share the pages of its prompt. When
/// the cache is full, the youngest stream loses its pages and later computes them again; since a row's bits do not
/// depend on the other rows, this changes no completion.
class Scheduler {
 public:
  Scheduler(const Engine& engine, const Sampling& sampling, std::int64_t max_rows);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// The cache must hold KeyValueCache::pages_of(limit) + 1 pages for each task's limit. Returns early when `stop` is
  /// requested.
  void run(std::vector<Task> tasks, const Generator::Sink& sink, const std::stop_token& stop);

 private:
  struct Problem;
  struct Stream;

  void enqueue(std::vector<Task> tasks);
  void admit();
  [[nodiscard]] bool can_start(const Problem& problem) const;
  void choose_prompt();
  void step(const Generator::Sink& sink);
  [[nodiscard]] std::int64_t add_streams(Batch& batch, std::vector<Stream*>& sampled);
  void add_prompt(Batch& batch, std::int64_t budget);
  [[nodiscard]] bool make_room(Stream& stream, std::int64_t positions);
  [[nodiscard]] bool drop_idle_prompt(const Problem* except);
  void evict_youngest();
  void choose_tokens(const std::vector<Stream*>& sampled);
  void finish(Stream& stream, EndReason reason, const Generator::Sink& sink);
  [[nodiscard]] bool accept(Stream& stream, TokenId token, EndReason& reason) const;

  Engine engine_;
  Sampling sampling_;
  Sampler sampler_;
  std::int64_t max_rows_;
  std::deque<std::unique_ptr<Problem>> problems_;  ///< in order of request; done ones are removed
  std::vector<std::unique_ptr<Stream>> streams_;   ///< running, oldest first
  Problem* reading_ = nullptr;                     ///< whose prompt is being read
  std::vector<float> logits_;                      ///< of a step, kept for its memory
};

}  // namespace qualm::generators::local
