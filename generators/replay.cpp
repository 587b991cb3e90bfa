#include "generators/replay.h"

#include <utility>

#include "datasets/input_error.h"
#include "datasets/run_folder.h"

namespace qualm::generators {
namespace {

namespace fs = std::filesystem;

/// Requests name a problem LANGUAGE/NAME.
std::string key_of(const datasets::Predictions& predictions) { return predictions.language + "/" + predictions.name; }

}  // namespace

Replay::Replay(fs::path folder) : folder_(std::move(folder)) {
  if (!fs::is_directory(folder_)) throw datasets::InputError(folder_, "is not a folder of predictions");
}

std::map<std::string, datasets::Predictions> Replay::predictions_for(const std::vector<Request>& requests) const {
  std::map<std::string, datasets::Predictions> known;
  for (const fs::path& file : datasets::list_files(folder_, datasets::FileKind::predictions, /*recursive=*/true)) {
    datasets::Predictions predictions = datasets::read_predictions(file);
    std::string key = key_of(predictions);
    known.emplace(std::move(key), std::move(predictions));
  }
  for (const Request& request : requests) {
    const auto found = known.find(request.problem);
    if (found == known.end()) throw datasets::InputError(folder_, "has no predictions for " + request.problem);
    if (found->second.prompt != request.prompt)
      throw datasets::InputError(folder_, "has another prompt for " + request.problem);
    for (const std::int64_t sample : request.samples)
      if (static_cast<std::size_t>(sample) >= found->second.completions.size())
        throw datasets::InputError(folder_, fmt::format("has {} completions of {}, fewer than asked for",
                                                        found->second.completions.size(), request.problem));
  }
  return known;
}

void Replay::check(const std::vector<Request>& requests, const Sampling&) { (void)predictions_for(requests); }

void Replay::generate(const std::vector<Request>& requests, const Sampling&, const Sink& sink,
                      const std::stop_token& stop) {
  const std::map<std::string, datasets::Predictions> known = predictions_for(requests);
  for (const Request& request : requests)
    for (const std::int64_t sample : request.samples) {
      if (stop.stop_requested()) return;
      Completion completion;
      completion.problem = request.problem;
      completion.sample = sample;
      completion.text = known.at(request.problem).completions[static_cast<std::size_t>(sample)];
      completion.raw_text = completion.text;
      completion.end = EndReason::replayed;
      sink(std::move(completion));
    }
}

datasets::Json Replay::description() const {
  return {{"generator", "replay"}, {"folder", folder_.filename().string()}};
}

}  // namespace qualm::generators
