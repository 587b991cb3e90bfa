#include "datasets/run_folder.h"

#include <algorithm>

#include "datasets/input_error.h"

namespace qualm::datasets {
namespace {

bool drop_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

}  // namespace

FileKind kind_of(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  if (!drop_suffix(name, ".json.gz") && !drop_suffix(name, ".json")) return FileKind::other;
  return name.ends_with(".results") ? FileKind::results : FileKind::predictions;
}

std::string stem_of(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  if (drop_suffix(name, ".json.gz") || drop_suffix(name, ".json")) drop_suffix(name, ".results");
  return name;
}

std::filesystem::path results_path(const std::filesystem::path& folder, const std::filesystem::path& predictions) {
  return folder / (stem_of(predictions) + (predictions.extension() == ".gz" ? ".results.json.gz" : ".results.json"));
}

std::filesystem::path execution_sidecar_path(const std::filesystem::path& results) {
  return results.parent_path() / (stem_of(results) + ".execution.qualm");
}

std::vector<std::filesystem::path> list_files(const std::filesystem::path& path, FileKind kind, bool recursive) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) throw InputError(path, "does not exist");
  std::vector<fs::path> files;
  if (!fs::is_directory(status)) {
    if (kind_of(path) == kind) files.push_back(path);
    return files;
  }
  const auto take = [&](const fs::directory_entry& entry) {
    std::error_code ignored_for_vanished_files;
    if (kind_of(entry.path()) == kind && !entry.is_directory(ignored_for_vanished_files)) files.push_back(entry.path());
  };
  try {
    if (recursive)
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) take(entry);
    else
      for (const fs::directory_entry& entry : fs::directory_iterator(path)) take(entry);
  } catch (const fs::filesystem_error& failure) {
    throw InputError(path, fmt::format("cannot be listed: {}", failure.code().message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace qualm::datasets
