#include <catch2/catch.hpp>

#include "generators/local/cpu_operations.h"
#include "generators/local/key_value_cache.h"

namespace qualm::generators::local {

TEST_CASE("a shared prefix is stored once and its last page copied when written") {
  quant::Threads threads(1);
  CpuOperations operations(quant::KernelSet::portable, threads);
  KeyValueCache cache(operations, 8, 6);
  KeyValueCache::Sequence prompt;
  REQUIRE(cache.reserve(prompt, 0, 20));
  REQUIRE(cache.free_pages() == 4);
  prompt.addresses[1][3] = 42.0F;
  KeyValueCache::Sequence first = cache.share(prompt, 20);
  KeyValueCache::Sequence second = cache.share(prompt, 20);
  REQUIRE(cache.free_pages() == 4);
  REQUIRE(cache.reserve(first, 20, 21));
  REQUIRE(cache.free_pages() == 3);
  REQUIRE(first.pages[0] == prompt.pages[0]);
  REQUIRE(first.pages[1] != prompt.pages[1]);
  REQUIRE(first.addresses[1][3] == 42.0F);
  first.addresses[1][3] = 7.0F;
  REQUIRE(second.addresses[1][3] == 42.0F);
  cache.release(prompt);
  REQUIRE(cache.reserve(second, 20, 21));
  REQUIRE(cache.free_pages() == 3);  // the last holder writes in place
  cache.release(first);
  cache.release(second);
  REQUIRE(cache.free_pages() == 6);
}

TEST_CASE("a reservation beyond the bound changes nothing") {
  quant::Threads threads(1);
  CpuOperations operations(quant::KernelSet::portable, threads);
  KeyValueCache cache(operations, 8, 2);
  KeyValueCache::Sequence sequence;
  REQUIRE_FALSE(cache.reserve(sequence, 0, 33));
  REQUIRE(sequence.pages.empty());
  REQUIRE(cache.reserve(sequence, 0, 32));
  KeyValueCache::Sequence shared = cache.share(sequence, 30);
  REQUIRE_FALSE(cache.reserve(shared, 30, 31));
  REQUIRE(shared.pages == sequence.pages);
}

}  // namespace qualm::generators::local
