#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/comparison/comparison.h"
#include "harness/table.h"

namespace qualm::harness::comparison {

/// Sizes of checkpoints by base model and precision ("codellama-7b", "2bit-mixed"), as they are to be printed.
using CheckpointSizes = std::map<std::pair<std::string, std::string>, std::string>;

/// Reads a CSV file with the header model,precision,size. Model names are read as folder names are. Throws InputError.
[[nodiscard]] CheckpointSizes read_checkpoint_sizes(const std::filesystem::path& file);

/// One of the study's tables over one benchmark.
struct StudyTable {
  std::string title;  ///< "RQ1: precision, MultiPL-E"
  Table table;
};

/// The study's tables from all runs of a tree, those that have rows beside the half-precision ones:
///   RQ1  half precision and each precision, not calibrated on purpose or at random
///   RQ2  calibration sets at each precision
///   RQ3  half precision, the mixed calibration set, and the same fine-tuned, over model sizes
/// A row is a model at a precision; columns are Model, Parameters, Precision, Size, and of Python and Java: pass@1 in
/// percent, the mark of a significant change (adjusted p < alpha; in RQ2 against the random set of the same precision,
/// else against half precision), and the decrease in percent of half precision's pass@1. `up`, `down` and `same` are
/// the marks.
struct StudyMarks {
  std::string up = "▲";
  std::string down = "▼";
  std::string same = "=";
};
[[nodiscard]] std::vector<StudyTable> study_tables(const std::vector<std::shared_ptr<const Run>>& runs,
                                                   const ComparisonOptions& options, const CheckpointSizes& sizes,
                                                   const StudyMarks& marks);

/// A LaTeX table environment with booktabs rules; cells are escaped but for the marks of `marks`.
[[nodiscard]] std::string latex(const StudyTable& table, const StudyMarks& marks);

}  // namespace qualm::harness::comparison
