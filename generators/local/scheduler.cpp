#include "generators/local/scheduler.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "generators/local/repetition.h"

namespace qualm::generators::local {

/// One completion: its tokens so far, prompt included, and how many of them are in the cache.
struct Scheduler::Stream {
  Problem* problem;
  std::int64_t sample;
  std::vector<TokenId> tokens;
  CompletionText text;
  KeyValueCache::Sequence pages;
  std::int64_t computed = 0;
  TokenId chosen = 0;  ///< by the step that is running

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tokens.size()); }
};

/// The prompt's last token is not part of what is shared: each sample computes it as its first row, whose logits choose
/// the first token.
struct Scheduler::Problem {
  Task task;
  std::uint64_t hash;
  KeyValueCache::Sequence prompt_pages;
  std::int64_t computed = 0;
  std::deque<std::unique_ptr<Stream>> waiting;  ///< not started, or evicted
  std::int64_t running = 0;

  [[nodiscard]] std::int64_t shared_size() const { return static_cast<std::int64_t>(task.prompt.size()) - 1; }
  [[nodiscard]] bool is_read() const { return computed == shared_size(); }
};

namespace {

void add_rows(Batch& batch, const std::vector<TokenId>& tokens, const KeyValueCache::Sequence& pages,
              std::int64_t begin, std::int64_t count) {
  for (std::int64_t position = begin; position < begin + count; ++position) {
    batch.tokens.push_back(tokens[static_cast<std::size_t>(position)]);
    batch.positions.push_back(position);
    batch.pages.emplace_back(pages.addresses);
  }
}

}  // namespace

Scheduler::Scheduler(const Engine& engine, const Sampling& sampling, std::int64_t max_rows)
    : engine_(engine), sampling_(sampling), sampler_(sampling, engine.kernels), max_rows_(max_rows) {}

Scheduler::~Scheduler() {
  for (const auto& stream : streams_) engine_.cache.release(stream->pages);
  for (const auto& problem : problems_) engine_.cache.release(problem->prompt_pages);
}

void Scheduler::enqueue(std::vector<Task> tasks) {
  for (Task& task : tasks) {
    auto problem = std::make_unique<Problem>();
    problem->hash = problem_hash(task.request->problem);
    problem->task = std::move(task);
    for (const std::int64_t sample : problem->task.request->samples)
      problem->waiting.push_back(
          std::make_unique<Stream>(Stream{.problem = problem.get(),
                                          .sample = sample,
                                          .tokens = {},
                                          .text = CompletionText(problem->task.request->stop_tokens),
                                          .pages = {}}));
    if (!problem->waiting.empty()) problems_.push_back(std::move(problem));
  }
}

void Scheduler::run(std::vector<Task> tasks, const Generator::Sink& sink, const std::stop_token& stop) {
  enqueue(std::move(tasks));
  while (!problems_.empty() && !stop.stop_requested()) {
    admit();
    step(sink);
  }
}

// Besides its own pages, each running stream may soon need one more; the first stream always fits.
bool Scheduler::can_start(const Problem& problem) const {
  if (!problem.is_read()) return false;
  if (streams_.empty()) return true;
  const std::int64_t size = std::max(problem.waiting.front()->size(), problem.shared_size() + 1);
  const std::int64_t needed =
      KeyValueCache::pages_of(size + 1) - static_cast<std::int64_t>(problem.prompt_pages.pages.size()) + 1;
  return engine_.cache.free_pages() >= needed + static_cast<std::int64_t>(streams_.size());
}

void Scheduler::admit() {
  for (const auto& problem : problems_) {
    while (!problem->waiting.empty() && static_cast<std::int64_t>(streams_.size()) < max_rows_ && can_start(*problem)) {
      std::unique_ptr<Stream> stream = std::move(problem->waiting.front());
      problem->waiting.pop_front();
      if (stream->tokens.empty()) stream->tokens = problem->task.prompt;
      stream->pages = engine_.cache.share(problem->prompt_pages, problem->shared_size());
      stream->computed = problem->shared_size();
      ++problem->running;
      streams_.push_back(std::move(stream));
    }
  }
  if (reading_ == nullptr && static_cast<std::int64_t>(streams_.size()) < max_rows_) choose_prompt();
}

void Scheduler::choose_prompt() {
  for (const auto& problem : problems_) {
    if (problem->waiting.empty()) continue;
    // What is read already waits for room: reading more would take it away.
    if (problem->is_read()) return;
    const std::int64_t needed = KeyValueCache::pages_of(problem->shared_size());
    if (streams_.empty() || engine_.cache.free_pages() >= needed + static_cast<std::int64_t>(streams_.size()))
      reading_ = problem.get();
    return;
  }
}

bool Scheduler::drop_idle_prompt(const Problem* except) {
  for (auto problem = problems_.rbegin(); problem != problems_.rend(); ++problem) {
    if (problem->get() == except || (*problem)->running > 0 || (*problem)->prompt_pages.pages.empty()) continue;
    engine_.cache.release((*problem)->prompt_pages);
    (*problem)->computed = 0;
    if (reading_ == problem->get()) reading_ = nullptr;
    return true;
  }
  return false;
}

void Scheduler::evict_youngest() {
  std::unique_ptr<Stream> stream = std::move(streams_.back());
  streams_.pop_back();
  engine_.cache.release(stream->pages);
  stream->computed = 0;
  Problem* problem = stream->problem;
  --problem->running;
  problem->waiting.push_front(std::move(stream));
}

// False where `stream` itself had to go.
bool Scheduler::make_room(Stream& stream, std::int64_t positions) {
  while (!engine_.cache.reserve(stream.pages, stream.computed, positions)) {
    if (drop_idle_prompt(nullptr)) continue;
    if (streams_.size() == 1) throw std::logic_error("the key/value cache is smaller than one sequence");
    const bool is_itself = streams_.back().get() == &stream;
    evict_youngest();
    if (is_itself) return false;
  }
  return true;
}

std::int64_t Scheduler::add_streams(Batch& batch, std::vector<Stream*>& sampled) {
  std::int64_t budget = max_rows_;
  // Pages are made writable first: eviction may only take a stream that is not in the batch yet, and those are younger.
  for (std::size_t i = 0; i < streams_.size() && budget > 0; ++i) {
    Stream& stream = *streams_[i];
    const std::int64_t count = std::min(stream.size() - stream.computed, budget);
    if (!make_room(stream, stream.computed + count)) break;
    add_rows(batch, stream.tokens, stream.pages, stream.computed, count);
    stream.computed += count;
    budget -= count;
    if (stream.computed < stream.size()) continue;
    batch.wanted.push_back(batch.rows() - 1);
    sampled.push_back(&stream);
  }
  return budget;
}

void Scheduler::add_prompt(Batch& batch, std::int64_t budget) {
  if (reading_ == nullptr) return;
  Problem& problem = *reading_;
  const std::int64_t count = std::min(problem.shared_size() - problem.computed, budget);
  while (!engine_.cache.reserve(problem.prompt_pages, problem.computed, problem.computed + count)) {
    if (drop_idle_prompt(&problem)) continue;
    if (!streams_.empty()) return;
    throw std::logic_error("the key/value cache is smaller than one sequence");
  }
  add_rows(batch, problem.task.prompt, problem.prompt_pages, problem.computed, count);
  problem.computed += count;
  if (problem.is_read()) reading_ = nullptr;
}

void Scheduler::choose_tokens(const std::vector<Stream*>& sampled) {
  const auto vocabulary = static_cast<std::size_t>(engine_.architecture.config().vocabulary);
  const auto work = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      Stream& stream = *sampled[static_cast<std::size_t>(i)];
      stream.chosen = sampler_.choose(std::span(logits_).subspan(static_cast<std::size_t>(i) * vocabulary, vocabulary),
                                      stream.tokens,
                                      {.seed = sampling_.seed,
                                       .problem = stream.problem->hash,
                                       .sample = static_cast<std::uint32_t>(stream.sample),
                                       .position = static_cast<std::uint32_t>(stream.size())});
    }
  };
  engine_.threads.run(static_cast<std::int64_t>(sampled.size()), 1, work);
}

// Adds `token`; true where it ends the completion.
bool Scheduler::accept(Stream& stream, TokenId token, EndReason& reason) const {
  const auto& ends = engine_.architecture.config().end_tokens;
  stream.tokens.push_back(token);
  if (std::find(ends.begin(), ends.end(), token) != ends.end()) return reason = EndReason::end_token, true;
  // A model's vocabulary is often padded to a round number: those ids have no text.
  if (token < engine_.tokenizer.vocabulary() && stream.text.append(engine_.tokenizer.bytes_of(token)))
    return reason = EndReason::stop, true;
  if (stream.size() < stream.problem->task.limit) return false;
  const auto completion = std::span(stream.tokens).subspan(stream.problem->task.prompt.size());
  reason = ends_in_loop(completion) ? EndReason::loop : EndReason::length;
  return true;
}

void Scheduler::finish(Stream& stream, EndReason reason, const Generator::Sink& sink) {
  Problem& problem = *stream.problem;
  const auto prompt_tokens = static_cast<std::int64_t>(problem.task.prompt.size());
  engine_.cache.release(stream.pages);
  --problem.running;
  sink({.problem = problem.task.request->problem,
        .sample = stream.sample,
        .text = stream.text.cut(),
        .raw_text = stream.text.raw(),
        .end = reason,
        .tokens = {stream.tokens.begin() + prompt_tokens, stream.tokens.end()},
        .prompt_tokens = prompt_tokens});
}

void Scheduler::step(const Generator::Sink& sink) {
  Batch batch;
  std::vector<Stream*> sampled;
  const std::int64_t budget = add_streams(batch, sampled);
  if (budget > 0) add_prompt(batch, budget);
  if (batch.rows() == 0) return;
  engine_.architecture.forward(batch, logits_);
  choose_tokens(sampled);
  std::vector<const Stream*> finished;
  for (Stream* stream : sampled) {
    EndReason reason{};
    if (!accept(*stream, stream->chosen, reason)) continue;
    finish(*stream, reason, sink);
    finished.push_back(stream);
  }
  if (finished.empty()) return;
  std::erase_if(streams_, [&](const std::unique_ptr<Stream>& stream) {
    return std::find(finished.begin(), finished.end(), stream.get()) != finished.end();
  });
  std::erase_if(problems_, [&](const std::unique_ptr<Problem>& problem) {
    if (problem->running > 0 || !problem->waiting.empty()) return false;
    engine_.cache.release(problem->prompt_pages);
    return true;
  });
}

}  // namespace qualm::generators::local
