#include "harness/table.h"

#include <algorithm>
#include <stdexcept>

namespace qualm::harness {
namespace {

std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string markdown_cell(const std::string& cell) {
  std::string escaped;
  for (const char c : cell) escaped += c == '|' ? std::string("\\|") : std::string(1, c == '\n' ? ' ' : c);
  return escaped;
}

// Continuation bytes of UTF-8 take no column.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

template <typename Cell>
std::string join(const std::vector<std::string>& cells, const std::string& separator, Cell cell) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : separator) + cell(cells[i]);
  return line;
}

std::string render_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(width(column));
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += (i == 0 ? "" : "  ") + cells[i];
      if (i + 1 < cells.size()) text.append(widths[i] - width(cells[i]), ' ');
    }
    return text + "\n";
  };
  std::string text = line(table.columns);
  for (const auto& row : table.rows) text += line(row);
  return text;
}

}  // namespace

std::optional<TableFormat> parse_table_format(const std::string& text) {
  if (text == "csv") return TableFormat::csv;
  if (text == "table") return TableFormat::text;
  if (text == "markdown") return TableFormat::markdown;
  if (text == "json") return TableFormat::json;
  return std::nullopt;
}

std::string render(const Table& table, TableFormat format) {
  std::string text;
  switch (format) {
    case TableFormat::csv:
      text = join(table.columns, ",", csv_cell) + "\n";
      for (const auto& row : table.rows) text += join(row, ",", csv_cell) + "\n";
      return text;
    case TableFormat::markdown:
      text = "| " + join(table.columns, " | ", markdown_cell) + " |\n|";
      for (std::size_t i = 0; i < table.columns.size(); ++i) text += " --- |";
      text += "\n";
      for (const auto& row : table.rows) text += "| " + join(row, " | ", markdown_cell) + " |\n";
      return text;
    case TableFormat::text: return render_text(table);
    case TableFormat::json: break;
  }
  throw std::invalid_argument("a table has no JSON form of its own");
}

}  // namespace qualm::harness
