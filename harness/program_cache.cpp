#include "harness/program_cache.h"

#include <utility>

namespace qualm::harness {
namespace {

constexpr std::size_t maximum_bytes = std::size_t{64} << 20;

std::string key_of(const std::string& language, const std::string& program) { return language + '\n' + program; }

std::size_t size_of(const std::string& key, const datasets::Execution& execution) {
  // The key is held by the map and by the list, the program once more by the result.
  return 3 * key.size() + execution.result.standard_output.size() + execution.result.standard_error.size();
}

}  // namespace

bool ProgramCache::request(const std::string& language, const std::string& program, Receiver receiver) {
  std::optional<datasets::Execution> known;
  {
    const std::scoped_lock lock(mutex_);
    const auto [found, is_new] = entries_.try_emplace(key_of(language, program));
    if (!found->second.execution) {
      found->second.waiting.push_back(std::move(receiver));
      return is_new;
    }
    known = found->second.execution;
  }
  receiver(*known);
  return false;
}

void ProgramCache::deliver(const std::string& language, const datasets::Execution& execution) {
  std::vector<Receiver> receivers;
  {
    const std::scoped_lock lock(mutex_);
    const std::string key = key_of(language, execution.result.program);
    Entry& entry = entries_[key];
    receivers = std::exchange(entry.waiting, {});
    keep(key, entry, execution);
  }
  for (const Receiver& receiver : receivers) receiver(execution);
}

void ProgramCache::give_up(const std::string& language, const std::string& program) {
  const std::scoped_lock lock(mutex_);
  entries_.erase(key_of(language, program));
}

void ProgramCache::add_known(const std::string& language, const datasets::Execution& execution) {
  const std::scoped_lock lock(mutex_);
  const std::string key = key_of(language, execution.result.program);
  const auto [found, is_new] = entries_.try_emplace(key);
  if (is_new) keep(key, found->second, execution);
}

void ProgramCache::keep(const std::string& key, Entry& entry, const datasets::Execution& execution) {
  entry.execution = execution;
  finished_oldest_first_.push_back(key);
  finished_bytes_ += size_of(key, execution);
  while (finished_bytes_ > maximum_bytes && finished_oldest_first_.size() > 1) {
    const auto oldest = entries_.find(finished_oldest_first_.front());
    finished_bytes_ -= size_of(oldest->first, *oldest->second.execution);
    entries_.erase(oldest);
    finished_oldest_first_.pop_front();
  }
}

}  // namespace qualm::harness
