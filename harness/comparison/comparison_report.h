#pragma once

#include <string>
#include <vector>

#include "datasets/json_document.h"
#include "harness/comparison/comparison.h"
#include "harness/table.h"

namespace qualm::harness::comparison {

/// One comparison as `qualm compare --format json` writes it. Differences are candidate minus baseline; shares, not
/// points.
[[nodiscard]] datasets::Json to_json(const Comparison& comparison, const ComparisonOptions& options);

/// The study's columns (base_precision, quant_precision, lng, model, p.value, OR), then ours; a row a comparison.
[[nodiscard]] Table study_table(const std::vector<Comparison>& comparisons);

/// A row a comparison, for readers.
[[nodiscard]] Table readable_table(const std::vector<Comparison>& comparisons);

/// What stands under the table for one comparison: verdict, tests, power, flips, failures, examples to open.
[[nodiscard]] std::string details(const Comparison& comparison, const ComparisonOptions& options, bool markdown);

}  // namespace qualm::harness::comparison
