#include "datasets/generation_sidecar.h"

#include <limits>

#include "datasets/format_version.h"
#include "datasets/input_error.h"
#include "datasets/json_document.h"
#include "datasets/run_folder.h"

namespace qualm::datasets {
namespace {

constexpr std::int64_t current_version = 1;

GenerationTrace parse_trace(const Json& object, const std::filesystem::path& file, const std::string& place) {
  const Fields fields(object, file, place);
  GenerationTrace trace;
  trace.raw_completion = fields.string("raw_completion");
  const std::int64_t bytes = fields.integer("completion_bytes");
  if (bytes < 0 || static_cast<std::size_t>(bytes) > trace.raw_completion.size())
    throw InputError(file, fmt::format("{}: completion_bytes {} is outside the raw completion of {} bytes", place,
                                       bytes, trace.raw_completion.size()));
  trace.completion_bytes = static_cast<std::size_t>(bytes);
  trace.end = fields.string("end");
  trace.prompt_tokens = fields.integer("prompt_tokens");
  for (const Json& token : fields.array("tokens")) {
    if (!token.is_number_integer() || token.get<std::int64_t>() < 0 ||
        token.get<std::int64_t>() > std::numeric_limits<std::int32_t>::max())
      throw InputError(file, fmt::format("{}: a token is not a token id", place));
    trace.tokens.push_back(token.get<std::int32_t>());
  }
  return trace;
}

Json to_json(const GenerationTrace& trace) {
  return Json{{"raw_completion", trace.raw_completion},
              {"completion_bytes", trace.completion_bytes},
              {"end", trace.end},
              {"prompt_tokens", trace.prompt_tokens},
              {"tokens", trace.tokens}};
}

}  // namespace

std::filesystem::path generation_sidecar_path(const std::filesystem::path& predictions) {
  return predictions.parent_path() / (stem_of(predictions) + ".generation.qualm");
}

GenerationSidecar read_generation_sidecar(const std::filesystem::path& file) {
  GenerationSidecar sidecar;
  if (!std::filesystem::exists(file)) return sidecar;
  const Json json = read_json(file);
  const Fields fields(json, file);
  check_version(fields, file, current_version);
  for (const Json& entry : fields.array("completions")) {
    if (entry.is_null())
      sidecar.completions.emplace_back(std::nullopt);
    else
      sidecar.completions.emplace_back(
          parse_trace(entry, file, fmt::format("completions[{}]", sidecar.completions.size())));
  }
  return sidecar;
}

void write_generation_sidecar(const std::filesystem::path& file, const GenerationSidecar& sidecar) {
  Json json{{"version", current_version}, {"completions", Json::array()}};
  for (const auto& trace : sidecar.completions) json["completions"].push_back(trace ? to_json(*trace) : Json(nullptr));
  write_json(file, json, /*compress=*/true);
}

}  // namespace qualm::datasets
