#pragma once

#include <cstddef>
#include <cstdint>

#include "quant/host_device.h"
#include "quant/product.h"

namespace qualm::quant {

/// How `Format` is decoded with the instructions of `Isa`; specialized in each family's avx2.h and avx512.h:
///   unit_values, unit_bytes   what one call decodes
///   decode(bytes, sink)       calls sink(i, w) for the vectors w of weights i .. i + lanes - 1 of a unit
///   decode_part(bytes, n, sink)  types of one weight a block only: n < lanes weights, the other lanes zero
/// Weights are equal in bits to those of Format::decode (scales that are no finite numbers aside).
template <class Isa, class Format>
struct Decoder;

/// The products of one type on one instruction set.
///
/// Order of a sum, for any number of rows, outputs and threads: columns are cut into chunks of 1024; in a chunk, lane l
/// adds the products of columns l, l + lanes, ... one after another with fused multiply-add; the lanes are folded as a
/// tree; chunks are added in order; the bias comes last.
template <class Isa, class Format>
class MatrixProduct {
 public:
  static void run(const Product& p) {
    for (std::int64_t row = 0; row < p.tokens; row += row_block) {
      const std::int64_t end = row + row_block < p.tokens ? row + row_block : p.tokens;
      if (p.columns == 0) {
        store_bias(p, row, end);
      } else if (end - row <= Isa::direct_rows) {
        direct(p, row, end);
      } else {
        tiled(p, row, end);
      }
    }
  }

 private:
  using Vector = typename Isa::Vector;
  using Decode = Decoder<Isa, Format>;
  static constexpr std::int64_t chunk = 1024;
  static constexpr std::int64_t row_block = 64;     // a chunk of as many rows of x stays in the second-level cache
  static constexpr std::int64_t tile_outputs = 16;  // rows of W decoded together
  static constexpr std::int64_t outputs_at_once = 4;
  static constexpr std::int64_t farthest_ahead = 8192;  // bytes that the first-level cache surely has room for
  static_assert(chunk % Decode::unit_values == 0);

  struct Piece {
    std::int64_t begin;  // columns
    std::int64_t length;
    bool first;
    bool last;
  };

  static Piece piece_at(const Product& p, std::int64_t begin) {
    const std::int64_t length = p.columns - begin < chunk ? p.columns - begin : chunk;
    return {begin, length, begin == 0, begin + length == p.columns};
  }

  static void store_bias(const Product& p, std::int64_t row, std::int64_t end) {
    for (; row < end; ++row) {
      for (std::int64_t o = p.first; o < p.last; ++o) {
        p.y[row * p.outputs + o] = p.bias != nullptr ? p.bias[o] : 0.0F;
      }
    }
  }

  // Few rows: every weight is used as it is decoded.
  static void direct(const Product& p, std::int64_t row, std::int64_t end) {
    std::int64_t output = p.first;
    for (; output + outputs_at_once <= p.last; output += outputs_at_once) {
      direct_rows<outputs_at_once>(p, row, end, output);
    }
    for (; output < p.last; ++output) direct_rows<1>(p, row, end, output);
  }

  template <int Outputs>
  static void direct_rows(const Product& p, std::int64_t row, std::int64_t end, std::int64_t output) {
    for (std::int64_t begin = 0; begin < p.columns; begin += chunk) {
      const Piece piece = piece_at(p, begin);
      switch (end - row) {
        case 1: direct_piece<Outputs, 1>(p, piece, row, output); break;
        case 2: direct_piece<Outputs, 2>(p, piece, row, output); break;
        default: direct_piece<Outputs, 3>(p, piece, row, output); break;
      }
    }
  }

  template <int Outputs, int Rows>
  static void direct_piece(const Product& p, const Piece& piece, std::int64_t row, std::int64_t output) {
    Vector sums[Rows][Outputs];
    clear(sums);
    const std::byte* weights = p.weights + output * p.row_bytes + piece.begin / Decode::unit_values * unit_bytes;
    const float* x = p.x + row * p.columns + piece.begin;
    const std::int64_t units = piece.length / Decode::unit_values;
    // Fetched while the weights at hand are decoded: the same place of the next group of outputs, where rows are short;
    // the processor's own prefetching starts anew in each row.
    const std::int64_t ahead = Outputs * p.row_bytes <= farthest_ahead ? Outputs * p.row_bytes : farthest_ahead / 2;
    for (std::int64_t u = 0; u < units; ++u) {
      const float* at = x + u * Decode::unit_values;
#pragma GCC unroll 4
      for (int o = 0; o < Outputs; ++o) {
        __builtin_prefetch(weights + o * p.row_bytes + u * unit_bytes + ahead);
        Decode::decode(
            weights + o * p.row_bytes + u * unit_bytes, [&](int i, Vector w) __attribute__((always_inline)) {
#pragma GCC unroll 3
              for (int r = 0; r < Rows; ++r) {
                sums[r][o] = Isa::multiply_add(w, Isa::load(at + r * p.columns + i), sums[r][o]);
              }
            });
      }
    }
    if constexpr (Decode::unit_values == Isa::lanes) {
      const int left = static_cast<int>(piece.length % Isa::lanes);
      if (left > 0) {
        const float* at = x + units * Isa::lanes;
        for (int o = 0; o < Outputs; ++o) {
          Decode::decode_part(weights + o * p.row_bytes + units * unit_bytes, left, [&](int, Vector w) {
            for (int r = 0; r < Rows; ++r) {
              sums[r][o] = Isa::multiply_add(w, Isa::load_part(at + r * p.columns, left), sums[r][o]);
            }
          });
        }
      }
    }
    finish(p, piece, row, output, Outputs, sums);
  }

  // Many rows: W is decoded into a tile of floats that all rows use.
  static void tiled(const Product& p, std::int64_t row, std::int64_t end) {
    alignas(64) float tile[tile_outputs * chunk];
    for (std::int64_t begin = 0; begin < p.columns; begin += chunk) {
      const Piece piece = piece_at(p, begin);
      for (std::int64_t output = p.first; output < p.last; output += tile_outputs) {
        const std::int64_t count = p.last - output < tile_outputs ? p.last - output : tile_outputs;
        for (std::int64_t o = 0; o < count; ++o) decode_tile_row(p, piece, output + o, tile + o * chunk);
        for (std::int64_t o = 0; o < count; o += outputs_at_once) {
          const int wanted = static_cast<int>(count - o < outputs_at_once ? count - o : outputs_at_once);
          // An incomplete group's missing rows repeat its first one; their sums are not kept.
          const float* w[outputs_at_once];
          for (int i = 0; i < outputs_at_once; ++i) w[i] = tile + (o + (i < wanted ? i : 0)) * chunk;
          multiply_tile(p, piece, row, end, output + o, wanted, w);
        }
      }
    }
  }

  static void decode_tile_row(const Product& p, const Piece& piece, std::int64_t output, float* out) {
    const std::byte* weights = p.weights + output * p.row_bytes + piece.begin / Decode::unit_values * unit_bytes;
    const std::int64_t units = piece.length / Decode::unit_values;
    for (std::int64_t u = 0; u < units; ++u) {
      float* at = out + u * Decode::unit_values;
      Decode::decode(
          weights + u * unit_bytes, [at](int i, Vector w) __attribute__((always_inline)) { Isa::store(at + i, w); });
    }
    if constexpr (Decode::unit_values == Isa::lanes) {
      const int left = static_cast<int>(piece.length % Isa::lanes);
      if (left > 0) {
        Decode::decode_part(weights + units * unit_bytes, left,
                            [&](int, Vector w) { Isa::store(out + units * Isa::lanes, w); });
      }
    }
  }

  // Rows in groups of one size as far as it goes: 20 rows are four times 5, not 6 + 6 + 6 + 2.
  static void multiply_tile(const Product& p, const Piece& piece, std::int64_t row, std::int64_t end,
                            std::int64_t output, int wanted, const float* const* w) {
    const std::int64_t groups = (end - row + Isa::row_group - 1) / Isa::row_group;
    for (std::int64_t left = groups; left > 0; --left) {
      const std::int64_t rows = (end - row + left - 1) / left;
      switch (rows) {
        case 1: multiply_rows<1>(p, piece, row, output, wanted, w); break;
        case 2: multiply_rows<2>(p, piece, row, output, wanted, w); break;
        case 3: multiply_rows<3>(p, piece, row, output, wanted, w); break;
        default:
          if constexpr (Isa::row_group >= 6) {
            if (rows == 4) multiply_rows<4>(p, piece, row, output, wanted, w);
            if (rows == 5) multiply_rows<5>(p, piece, row, output, wanted, w);
            if (rows == 6) multiply_rows<6>(p, piece, row, output, wanted, w);
          }
      }
      row += rows;
    }
  }

  template <int Rows>
  static void multiply_rows(const Product& p, const Piece& piece, std::int64_t row, std::int64_t output, int wanted,
                            const float* const* w) {
    Vector sums[Rows][outputs_at_once];
    clear(sums);
    const float* x = p.x + row * p.columns + piece.begin;
    const float* w0 = w[0];
    const float* w1 = w[1];
    const float* w2 = w[2];
    const float* w3 = w[3];
    std::int64_t i = 0;
    for (; i + Isa::lanes <= piece.length; i += Isa::lanes) {
      const Vector weights[outputs_at_once] = {Isa::load(w0 + i), Isa::load(w1 + i), Isa::load(w2 + i),
                                               Isa::load(w3 + i)};
#pragma GCC unroll 6
      for (int r = 0; r < Rows; ++r) {
        const Vector value = Isa::load(x + r * p.columns + i);
#pragma GCC unroll 4
        for (int o = 0; o < outputs_at_once; ++o) sums[r][o] = Isa::multiply_add(weights[o], value, sums[r][o]);
      }
    }
    if (i < piece.length) {
      const int left = static_cast<int>(piece.length - i);
#pragma GCC unroll 6
      for (int r = 0; r < Rows; ++r) {
        const Vector value = Isa::load_part(x + r * p.columns + i, left);
#pragma GCC unroll 4
        for (int o = 0; o < outputs_at_once; ++o) {
          sums[r][o] = Isa::multiply_add(Isa::load(w[o] + i), value, sums[r][o]);
        }
      }
    }
    finish(p, piece, row, output, wanted, sums);
  }

  template <int Rows, int Outputs>
  static QUALM_HOST_DEVICE void clear(Vector (&sums)[Rows][Outputs]) {
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
      for (int o = 0; o < Outputs; ++o) sums[r][o] = Isa::zero();
    }
  }

  // Folds the lanes of each sum and adds the chunk's part to y.
  template <int Rows, int Outputs>
  static QUALM_HOST_DEVICE void finish(const Product& p, const Piece& piece, std::int64_t row, std::int64_t output,
                                       int wanted, Vector (&sums)[Rows][Outputs]) {
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      float parts[4];
      if constexpr (Outputs == 4) {
        // Each element is (f0 + f2) + (f1 + f3) of its folded sum f, as in the branch below.
        const __m128 a = Isa::fold(sums[r][0]);
        const __m128 b = Isa::fold(sums[r][1]);
        const __m128 c = Isa::fold(sums[r][2]);
        const __m128 d = Isa::fold(sums[r][3]);
        const __m128 ab = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
        const __m128 cd = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
        _mm_storeu_ps(parts, _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab)));
      } else {
        _mm_storeu_ps(parts, Isa::fold(sums[r][0]));
        parts[0] = (parts[0] + parts[2]) + (parts[1] + parts[3]);
      }
      float* y = p.y + (row + r) * p.outputs + output;
      for (int o = 0; o < wanted; ++o) {
        float value = piece.first ? parts[o] : y[o] + parts[o];
        if (piece.last && p.bias != nullptr) value += p.bias[output + o];
        y[o] = value;
      }
    }
  }

  static constexpr std::int64_t unit_bytes = Decode::unit_bytes;
};

}  // namespace qualm::quant
