// Speed of the packed products: each type, kernel set and number of rows, against what the machine can do. The matrix
// is larger than the caches, so one row of x shows the bandwidth of the packed bytes; its peer is a plain sum over as
// many bytes by the same threads, measured in the same run.
//
//   quant_bench [--kernels avx512] [--threads 2] [--columns 896]
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "quant/linear.h"
#include "tests/quant/random_tensor.h"

namespace quant = qualm::quant;
namespace test = qualm::quant::test;

namespace {

// The best of several runs, in seconds.
template <typename Work>
double best_time(const Work& work) {
  double best = 1e9;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3 || (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(400)); ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

double sum_bandwidth(std::span<const std::byte> data, quant::Threads& threads) {
  std::vector<std::uint64_t> sums(64);
  const auto words = static_cast<std::int64_t>(data.size() / 64);
  const double seconds = best_time([&] {
    threads.run(words, 4096, [&](std::int64_t begin, std::int64_t end) {
      std::uint64_t lanes[8] = {};
      for (std::int64_t i = begin; i < end; ++i) {
        std::uint64_t word[8];
        std::memcpy(word, data.data() + i * 64, sizeof word);
        for (int lane = 0; lane < 8; ++lane) lanes[lane] += word[lane];
      }
      for (const std::uint64_t lane : lanes) sums[static_cast<std::size_t>(begin) % sums.size()] ^= lane;
    });
  });
  return static_cast<double>(data.size()) / seconds / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Speed of packed products");
  std::string kernels(quant::to_string(quant::best_kernels()));
  int thread_count = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::int64_t columns = 1024;
  app.add_option("--kernels", kernels, "portable, avx2 or avx512");
  app.add_option("--threads", thread_count, "threads");
  app.add_option("--columns", columns, "inputs; types with blocks of 256 need a multiple of it");
  CLI11_PARSE(app, argc, argv);
  quant::Threads threads(thread_count);
  const std::int64_t outputs = 64 * 1024 * 1024 / columns;

  fmt::print("{} kernels, {} threads, W {} x {}\n", kernels, thread_count, outputs, columns);
  fmt::print("{:6}{:>6}{:>12}{:>12}{:>16}\n", "type", "rows", "GFLOP/s", "packed GB/s", "of a sum's GB/s");
  for (const quant::Type type : test::all_types) {
    if (columns % quant::info(type).block_values != 0) continue;
    const quant::PackedTensor weight = test::random_tensor(type, outputs, columns, 1);
    const double peer = sum_bandwidth(weight.data, threads);
    const auto linear = quant::make_linear(weight, {}, quant::parse_kernels(kernels));
    for (const std::int64_t rows : {1, 2, 3, 4, 20, 64, 200}) {
      const std::vector<float> x = test::random_values(rows * columns, 2);
      std::vector<float> y(static_cast<std::size_t>(rows * outputs));
      const double seconds = best_time([&] { linear->forward(x, rows, y, threads); });
      const double bandwidth = static_cast<double>(weight.data.size()) / seconds / 1e9;
      fmt::print("{:6}{:6}{:12.1f}{:12.2f}{:16.2f}\n", quant::info(type).name, rows,
                 2.0 * static_cast<double>(rows * outputs * columns) / seconds / 1e9, bandwidth, bandwidth / peer);
    }
  }
}
