#include "generators/local/memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

namespace qualm::generators::local {
namespace {

std::optional<std::uint64_t> number_in(const char* file) {
  std::ifstream stream(file);
  std::uint64_t number = 0;
  if (stream >> number) return number;
  return std::nullopt;  // "max", or no such control group
}

}  // namespace

std::uint64_t available_memory() {
  std::ifstream meminfo("/proc/meminfo");
  std::uint64_t available = 0;
  for (std::string line; std::getline(meminfo, line);)
    if (line.starts_with("MemAvailable:")) available = std::stoull(line.substr(13)) * 1024;
  if (available == 0) throw std::runtime_error("/proc/meminfo has no MemAvailable: give --memory");
  const auto bound = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  if (bound && used) available = std::min(available, *bound > *used ? *bound - *used : 0);
  return available;
}

}  // namespace qualm::generators::local
