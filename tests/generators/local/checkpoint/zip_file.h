#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::generators::local {

/// A record of a zip archive to be written: `bytes`, then `zeros` that take no room on the disk.
struct ZipRecord {
  std::string name;
  std::string bytes;
  std::uint64_t zeros = 0;
};

/// What is wrong with an archive, if anything.
struct ZipFaults {
  std::uint16_t method = 0;        ///< 0: stored
  std::uint16_t flags = 0x808;     ///< as torch.save's; 1: encrypted
  std::string own_name{};          ///< of each record in its own header, where not the directory's
  std::uint64_t more_size = 0;     ///< of the last record in the directory
  std::uint64_t more_entries = 0;  ///< in the directory's end
  std::uint64_t more_begin = 0;    ///< of the directory
};

/// Writes an archive as torch.save does: sizes stand in the directory only, large ones in Zip64 fields.
inline void write_zip(const std::filesystem::path& file, const std::vector<ZipRecord>& records,
                      const ZipFaults& faults = {}) {
  constexpr std::uint64_t elsewhere = 0xFFFFFFFF;
  std::ofstream out(file, std::ios::binary);
  const auto number = [](std::uint64_t value, std::size_t bytes) {
    std::string text(bytes, '\0');
    std::memcpy(text.data(), &value, std::min(bytes, sizeof value));
    return text;
  };
  const auto at_most = [&](std::uint64_t value) { return number(std::min(value, elsewhere), 4); };
  std::string directory;
  std::uint64_t place = 0;
  for (const ZipRecord& record : records) {
    std::uint64_t size = record.bytes.size() + record.zeros;
    const std::string own = faults.own_name.empty() ? record.name : faults.own_name;
    const std::string padding = "FB" + number(3, 2) + "ZZZ";
    const std::string header = "PK\3\4" + number(0, 2) + number(faults.flags, 2) + number(faults.method, 2) +
                               number(0, 16) + number(own.size(), 2) + number(padding.size(), 2) + own + padding;
    out << header << record.bytes;
    out.seekp(static_cast<std::streamoff>(place + header.size() + size));
    if (&record == &records.back()) size += faults.more_size;
    std::string larger;
    if (size >= elsewhere) larger += number(size, 8) + number(size, 8);
    if (place >= elsewhere) larger += number(place, 8);
    if (!larger.empty()) larger = number(1, 2) + number(larger.size(), 2) + larger;
    directory += "PK\1\2" + number(0, 4) + number(faults.flags, 2) + number(faults.method, 2) + number(0, 8) +
                 at_most(size) + at_most(size) + number(record.name.size(), 2) + number(larger.size(), 2) +
                 number(0, 10) + at_most(place) + record.name + larger;
    place += header.size() + record.bytes.size() + record.zeros;
  }
  const std::uint64_t entries = records.size() + faults.more_entries, begin = place + faults.more_begin;
  const std::string end64 = "PK\6\6" + number(44, 8) + number(0, 12) + number(entries, 8) + number(entries, 8) +
                            number(directory.size(), 8) + number(begin, 8);
  out << directory << end64 << "PK\6\7" << number(0, 4) << number(place + directory.size(), 8) << number(1, 4)
      << "PK\5\6" << number(0, 4) << number(std::min<std::uint64_t>(entries, 0xFFFF), 2)
      << number(std::min<std::uint64_t>(entries, 0xFFFF), 2) << number(directory.size(), 4) << at_most(begin)
      << number(0, 2);
}

}  // namespace qualm::generators::local
