#include "harness/machine.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

namespace qualm::harness {
namespace {

std::optional<std::uint64_t> read_number(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::uint64_t number = 0;
  if (stream >> number) return number;  // "max" and a missing file are no number
  return std::nullopt;
}

std::uint64_t left_of(const std::filesystem::path& limit_file, const std::filesystem::path& usage_file) {
  const auto limit = read_number(limit_file);
  const auto usage = read_number(usage_file);
  if (!limit || !usage) return std::numeric_limits<std::uint64_t>::max();
  return *limit > *usage ? *limit - *usage : 0;
}

// What the memory cgroup (version 2, or 1) of this process leaves.
std::uint64_t cgroup_memory_left() {
  std::ifstream stream("/proc/self/cgroup");
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();
  for (std::string line; std::getline(stream, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      const std::filesystem::path folder = "/sys/fs/cgroup" + group;
      left = std::min(left, left_of(folder / "memory.max", folder / "memory.current"));
    } else if (controllers == "memory") {
      const std::filesystem::path folder = "/sys/fs/cgroup/memory" + group;
      left = std::min(left, left_of(folder / "memory.limit_in_bytes", folder / "memory.usage_in_bytes"));
    }
  }
  return left;
}

}  // namespace

unsigned available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

std::uint64_t available_memory_bytes() {
  std::ifstream stream("/proc/meminfo");
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string key;
    std::uint64_t kibibytes = 0;
    if (words >> key >> kibibytes && key == "MemAvailable:") return std::min(kibibytes << 10, cgroup_memory_left());
  }
  throw std::runtime_error("/proc/meminfo: MemAvailable cannot be read");
}

}  // namespace qualm::harness
