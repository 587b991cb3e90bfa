#include "generators/local/key_value_cache.h"

#include <algorithm>

#include "generators/local/cpu_kernels.h"

namespace qualm::generators::local {

KeyValueCache::KeyValueCache(Operations& operations, std::int64_t page_floats, std::int64_t page_bound)
    : operations_(operations),
      page_floats_(page_floats),
      page_bound_(page_bound),
      memory_(operations.make_pages(page_floats, page_bound)) {}

std::int64_t KeyValueCache::pages_of(std::int64_t positions) {
  return (positions + kPagePositions - 1) / kPagePositions;
}

std::int64_t KeyValueCache::free_pages() const {
  return page_bound_ - static_cast<std::int64_t>(addresses_.size()) + static_cast<std::int64_t>(free_.size());
}

std::int32_t KeyValueCache::take() {
  if (free_.empty()) {
    addresses_.push_back(memory_->page(static_cast<std::int64_t>(addresses_.size())));
    uses_.push_back(0);
    free_.push_back(static_cast<std::int32_t>(addresses_.size() - 1));
  }
  const std::int32_t page = free_.back();
  free_.pop_back();
  uses_[static_cast<std::size_t>(page)] = 1;
  return page;
}

bool KeyValueCache::reserve(Sequence& sequence, std::int64_t written, std::int64_t positions) {
  const auto held = static_cast<std::int64_t>(sequence.pages.size());
  const std::int64_t missing = pages_of(positions) - held;
  // Only the page that holds position `written` can be both shared and written: whole pages before it are only read.
  const std::int64_t first = written / kPagePositions;
  const bool copies =
      first < held && uses_[static_cast<std::size_t>(sequence.pages[static_cast<std::size_t>(first)])] > 1;
  if (std::max<std::int64_t>(missing, 0) + (copies ? 1 : 0) > free_pages()) return false;
  if (copies) {
    const std::int32_t shared = sequence.pages[static_cast<std::size_t>(first)];
    const std::int32_t own = take();
    float* address = addresses_[static_cast<std::size_t>(own)];
    operations_.copy(addresses_[static_cast<std::size_t>(shared)], page_floats_, address);
    --uses_[static_cast<std::size_t>(shared)];
    sequence.pages[static_cast<std::size_t>(first)] = own;
    sequence.addresses[static_cast<std::size_t>(first)] = address;
  }
  for (std::int64_t i = 0; i < missing; ++i) {
    const std::int32_t page = take();
    sequence.pages.push_back(page);
    sequence.addresses.push_back(addresses_[static_cast<std::size_t>(page)]);
  }
  return true;
}

KeyValueCache::Sequence KeyValueCache::share(const Sequence& sequence, std::int64_t positions) {
  const auto count = pages_of(positions);
  Sequence shared;
  shared.pages.assign(sequence.pages.begin(), sequence.pages.begin() + count);
  shared.addresses.assign(sequence.addresses.begin(), sequence.addresses.begin() + count);
  for (const std::int32_t page : shared.pages) ++uses_[static_cast<std::size_t>(page)];
  return shared;
}

void KeyValueCache::release(Sequence& sequence) {
  for (const std::int32_t page : sequence.pages)
    if (--uses_[static_cast<std::size_t>(page)] == 0) free_.push_back(page);
  sequence = {};
}

}  // namespace qualm::generators::local
