#include "generators/local/file_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "datasets/sha256.h"

namespace qualm::generators::local {
namespace {

std::string hash_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be opened for hashing", file.string()));
  datasets::Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || stream.gcount() > 0)
    hash.add({buffer.data(), static_cast<std::size_t>(stream.gcount())});
  if (stream.bad()) throw std::runtime_error(fmt::format("{}: cannot be read for hashing", file.string()));
  return datasets::hexadecimal(hash.finish());
}

}  // namespace

std::string hash_of_files(std::vector<std::filesystem::path> files) {
  if (files.size() == 1) return hash_of_file(files.front());
  std::sort(files.begin(), files.end());
  std::string lines;
  for (const auto& file : files) lines += fmt::format("{}  {}\n", hash_of_file(file), file.filename().string());
  return datasets::sha256_hex(lines);
}

}  // namespace qualm::generators::local
