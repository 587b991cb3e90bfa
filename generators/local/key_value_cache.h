#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "generators/local/operations.h"

namespace qualm::generators::local {

/// The keys and values of all sequences, in pages of kPagePositions positions (all layers of a position in one page).
/// Pages are taken from the device as needed, never more than a bound; sequences may share pages.
class KeyValueCache {
 public:
  /// The pages of one sequence, in order. Made and changed by the cache alone.
  struct Sequence {
    std::vector<std::int32_t> pages;
    std::vector<float*> addresses;  ///< of the same pages, what Batch::pages points to
  };

  /// Pages of `page_floats` floats; at most `page_bound` of them.
  KeyValueCache(Operations& operations, std::int64_t page_floats, std::int64_t page_bound);

  /// Pages that `positions` positions take.
  [[nodiscard]] static std::int64_t pages_of(std::int64_t positions);
  [[nodiscard]] std::int64_t page_bound() const { return page_bound_; }
  [[nodiscard]] std::int64_t free_pages() const;

  /// Makes positions [written, positions) of `sequence` writable: takes the pages that lack, copies a shared page that
  /// would be written. False, and nothing changed, where the bound does not allow it.
  [[nodiscard]] bool reserve(Sequence& sequence, std::int64_t written, std::int64_t positions);
  /// A sequence that shares the pages of the first `positions` positions of `sequence`.
  [[nodiscard]] Sequence share(const Sequence& sequence, std::int64_t positions);
  /// Gives the pages back and empties `sequence`.
  void release(Sequence& sequence);

 private:
  [[nodiscard]] std::int32_t take();

  Operations& operations_;
  std::int64_t page_floats_;
  std::int64_t page_bound_;
  std::unique_ptr<Pages> memory_;
  std::vector<float*> addresses_;   ///< of the pages that were taken at least once
  std::vector<std::int32_t> uses_;  ///< of each page: how many sequences hold it
  std::vector<std::int32_t> free_;
};

}  // namespace qualm::generators::local
