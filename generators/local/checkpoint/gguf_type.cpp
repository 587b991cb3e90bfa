#include "generators/local/checkpoint/gguf_type.h"

#include <fmt/format.h>

#include <string_view>

namespace qualm::generators::local {
namespace {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order in which the table is read.
struct Row {
  std::uint32_t number;
  std::string_view name;
  std::optional<quant::Type> type;
};

// https://github.com/ggml-org/ggml/blob/master/include/ggml.h, enum ggml_type. The names of those that cannot be read
// are here for the message alone.
constexpr Row table[] = {
    {0, "F32", quant::Type::f32},    {1, "F16", quant::Type::f16},    {2, "Q4_0", quant::Type::q4_0},
    {3, "Q4_1", quant::Type::q4_1},  {6, "Q5_0", quant::Type::q5_0},  {7, "Q5_1", quant::Type::q5_1},
    {8, "Q8_0", quant::Type::q8_0},  {9, "Q8_1", std::nullopt},       {10, "Q2_K", std::nullopt},
    {11, "Q3_K", std::nullopt},      {12, "Q4_K", quant::Type::q4_k}, {13, "Q5_K", quant::Type::q5_k},
    {14, "Q6_K", quant::Type::q6_k}, {15, "Q8_K", std::nullopt},      {16, "IQ2_XXS", std::nullopt},
    {17, "IQ2_XS", std::nullopt},    {18, "IQ3_XXS", std::nullopt},   {19, "IQ1_S", std::nullopt},
    {20, "IQ4_NL", std::nullopt},    {21, "IQ3_S", std::nullopt},     {22, "IQ2_S", std::nullopt},
    {23, "IQ4_XS", std::nullopt},    {24, "I8", std::nullopt},        {25, "I16", std::nullopt},
    {26, "I32", std::nullopt},       {27, "I64", std::nullopt},       {28, "F64", std::nullopt},
    {29, "IQ1_M", std::nullopt},     {30, "BF16", quant::Type::bf16}, {34, "TQ1_0", std::nullopt},
    {35, "TQ2_0", std::nullopt},     {39, "MXFP4", std::nullopt},
};

}  // namespace

std::optional<quant::Type> gguf_type(std::uint32_t number) {
  for (const Row& row : table)
    if (row.number == number) return row.type;
  return std::nullopt;
}

std::string gguf_type_name(std::uint32_t number) {
  for (const Row& row : table)
    if (row.number == number) return std::string(row.name);
  return fmt::format("type {}", number);
}

std::string gguf_type_names() {
  std::string names;
  for (const Row& row : table)
    if (row.type) names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  return names;
}

}  // namespace qualm::generators::local
