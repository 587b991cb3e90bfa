#pragma once

#include <optional>
#include <string>
#include <vector>

namespace qualm::harness {

enum class TableFormat { csv, text, markdown, json };

/// Parses "csv", "table", "markdown" or "json".
[[nodiscard]] std::optional<TableFormat> parse_table_format(const std::string& text);

/// A small table of text cells; every row has as many cells as there are columns.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// CSV (RFC 4180 quoting, LF), aligned text or a Markdown table. Throws std::invalid_argument for json, whose shape is
/// each command's own.
[[nodiscard]] std::string render(const Table& table, TableFormat format);

}  // namespace qualm::harness
