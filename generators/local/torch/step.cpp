#include "generators/local/torch/step.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "generators/local/cpu_kernels.h"

namespace qualm::generators::local {
namespace {

using Indices = std::vector<std::int64_t>;

/// Neighbouring rows of one sequence.
struct Run {
  std::int64_t first;
  std::int64_t rows;
};

at::Tensor on_device(Indices indices, at::IntArrayRef sizes, c10::Device device) {
  return at::from_blob(indices.data(), sizes, at::TensorOptions().dtype(at::kLong)).clone().to(device);
}

class PageIndices {
 public:
  explicit PageIndices(const at::Tensor& pool)
      : begin_(pool.const_data_ptr<float>()), floats_(pool.size(1)), pages_(pool.size(0)) {}
  [[nodiscard]] std::int64_t of(const float* page) const {
    const std::int64_t index = (page - begin_) / floats_;
    if (page < begin_ || index >= pages_) throw std::logic_error("a page of another cache");
    return index;
  }

 private:
  const float* begin_;
  std::int64_t floats_;
  std::int64_t pages_;
};

std::vector<Run> runs_of(const Batch& batch) {
  std::vector<Run> runs;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const bool goes_on = row > 0 && batch.pages[at].data() == batch.pages[at - 1].data();
    if (goes_on)
      ++runs.back().rows;
    else
      runs.push_back({.first = row, .rows = 1});
  }
  return runs;
}

AttentionGroup make_group(const Batch& batch, const std::vector<Run>& runs, const Step& step, const PageIndices& pages,
                          c10::Device device) {
  AttentionGroup group;
  group.sequences = static_cast<std::int64_t>(runs.size());
  group.rows = runs.front().rows;
  Indices rows, lasts;
  for (const Run& run : runs) {
    std::int64_t last = 0;
    for (std::int64_t row = run.first; row < run.first + run.rows; ++row) {
      rows.push_back(row);
      last = std::max(last, batch.positions[static_cast<std::size_t>(row)]);
    }
    lasts.push_back(last);
  }
  const std::int64_t count = *std::max_element(lasts.begin(), lasts.end()) / kPagePositions + 1;
  // A shorter sequence's places beyond its end repeat its first page: they are hidden from its rows.
  Indices chosen;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& addresses = batch.pages[static_cast<std::size_t>(runs[i].first)];
    for (std::int64_t page = 0; page < count; ++page)
      chosen.push_back(pages.of(addresses[page * kPagePositions <= lasts[i] ? static_cast<std::size_t>(page) : 0]));
  }
  group.positions = count * kPagePositions;
  group.row_indices = on_device(std::move(rows), {group.sequences, group.rows}, device);
  group.page_indices = on_device(std::move(chosen), {group.sequences, count}, device);
  const at::Tensor own =
      step.positions.index_select(0, group.row_indices.view(-1)).view({group.sequences, group.rows, 1});
  group.hidden = at::arange(group.positions, own.options()).gt(own);
  return group;
}

}  // namespace

Step make_step(const Batch& batch, const at::Tensor& pool, c10::Device device) {
  const PageIndices pages(pool);
  Indices page_of_row, slots;
  for (std::size_t row = 0; row < batch.positions.size(); ++row) {
    page_of_row.push_back(pages.of(batch.pages[row][static_cast<std::size_t>(batch.positions[row] / kPagePositions)]));
    slots.push_back(batch.positions[row] % kPagePositions);
  }
  Step step;
  step.longest = *std::max_element(batch.positions.begin(), batch.positions.end()) + 1;
  step.positions = on_device(batch.positions, {batch.rows()}, device);
  step.pages = on_device(std::move(page_of_row), {batch.rows()}, device);
  step.slots = on_device(std::move(slots), {batch.rows()}, device);
  std::map<std::int64_t, std::vector<Run>> by_rows;
  for (const Run& run : runs_of(batch)) by_rows[run.rows].push_back(run);
  for (const auto& [rows, runs] : by_rows) step.groups.push_back(make_group(batch, runs, step, pages, device));
  return step;
}

}  // namespace qualm::generators::local
