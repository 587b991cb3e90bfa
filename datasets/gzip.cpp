#include "datasets/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>

#include "datasets/input_error.h"

namespace qualm::datasets {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // zlib's way of saying: the largest window, gzip framing
constexpr std::size_t chunk_bytes = std::size_t{256} << 10;

struct DeflateEnd {
  void operator()(z_stream* stream) const { deflateEnd(stream); }
};
struct InflateEnd {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

// zlib's interface is not const-correct: it never writes through next_in.
Bytef* zlib_input(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

}  // namespace

std::string gzip_compress(std::string_view contents) {
  if (contents.size() > std::numeric_limits<uInt>::max()) throw std::length_error("gzip: more than 4 GiB in one file");
  z_stream stream{};
  constexpr int memory_level = 8;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw std::bad_alloc();
  const std::unique_ptr<z_stream, DeflateEnd> end(&stream);
  std::string packed(deflateBound(&stream, contents.size()), '\0');
  stream.next_in = zlib_input(contents);
  stream.avail_in = static_cast<uInt>(contents.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("gzip: deflate did not finish");
  packed.resize(stream.total_out);
  return packed;
}

std::string gzip_decompress(std::string_view packed, const std::filesystem::path& file) {
  if (packed.size() > std::numeric_limits<uInt>::max()) throw InputError(file, "larger than 4 GiB");
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window_bits) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, InflateEnd> end(&stream);
  stream.next_in = zlib_input(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string contents;
  for (;;) {
    const std::size_t used = contents.size();
    contents.resize(used + chunk_bytes);
    stream.next_out = reinterpret_cast<Bytef*>(contents.data() + used);
    stream.avail_out = static_cast<uInt>(chunk_bytes);
    const int status = inflate(&stream, Z_NO_FLUSH);
    contents.resize(contents.size() - stream.avail_out);
    const std::size_t at = packed.size() - stream.avail_in;
    if (contents.size() > maximum_unpacked_bytes)
      throw InputError(file, fmt::format("unpacks to more than {} MiB", maximum_unpacked_bytes >> 20));
    if (status == Z_STREAM_END) {
      if (packed.find_first_not_of('\0', at) == std::string_view::npos) return contents;  // padding, as gzip reads it
      if (inflateReset(&stream) != Z_OK) throw InputError(file, fmt::format("gzip: damaged at byte {}", at));
    } else if (status == Z_BUF_ERROR || (status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)) {
      throw InputError(file, fmt::format("gzip: the file is cut off at byte {}", packed.size()));
    } else if (status != Z_OK) {
      throw InputError(file, fmt::format("gzip: damaged at byte {}{}", at,
                                         stream.msg != nullptr ? fmt::format(" ({})", stream.msg) : ""));
    }
  }
}

}  // namespace qualm::datasets
