// The source of all CPU kernel sets: cpu_kernels_NAME.cpp defines KERNEL_TABLE and includes this once, compiled for its
// instruction set with -ffp-contract=off. Nothing here may be inline across files (everything is in an unnamed
// namespace): a function compiled for AVX-512 must not be linked into a set for less.

#include <cstdint>

#include "generators/local/cpu_kernels.h"

namespace qualm::generators::local {
namespace {

constexpr std::int64_t kLanes = kPagePositions;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using Integers = std::int32_t __attribute__((vector_size(kLanes * sizeof(float))));

#define QUALM_INLINE inline __attribute__((always_inline))

QUALM_INLINE Lanes load(const float* from) {
  Lanes x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}

QUALM_INLINE void store(float* to, const Lanes& x) { __builtin_memcpy(to, &x, sizeof x); }

// The first `count` lanes, the others `fill`.
QUALM_INLINE Lanes load_part(const float* from, std::int64_t count, float fill) {
  Lanes x = Lanes{} + fill;
  for (std::int64_t i = 0; i < count; ++i) x[i] = from[i];
  return x;
}

QUALM_INLINE void store_part(float* to, const Lanes& x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = x[i];
}

// Pairwise: lanes 0-7 with 8-15, and so on.
QUALM_INLINE float sum_of(const Lanes& x) {
  float lane[kLanes];
  store(lane, x);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
    for (std::int64_t i = 0; i < half; ++i) lane[i] += lane[i + half];
  return lane[0];
}

QUALM_INLINE float greatest_of(const Lanes& x) {
  float greatest = x[0];
  for (std::int64_t i = 1; i < kLanes; ++i) greatest = x[i] > greatest ? x[i] : greatest;
  return greatest;
}

// e^x to about 2 units in the last place: x = n ln 2 + r with |r| <= ln 2 / 2, the series of e^r, times 2^n. Results below
// the smallest normal number are 0.
QUALM_INLINE Lanes exponential(Lanes x) {
  const Lanes lowest = Lanes{} - 87.0F;
  const Lanes highest = Lanes{} + 88.0F;
  const Integers vanishes = x < lowest;
  x = x < lowest ? lowest : x;
  x = x > highest ? highest : x;
  const Lanes shift = Lanes{} + 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const Lanes n = (x * 1.44269504F + shift) - shift;
  const Lanes r = (x - n * 0.693359375F) - n * -2.12194440e-4F;
  Lanes series = r * (1.0F / 5040) + 1.0F / 720;
  series = series * r + 1.0F / 120;
  series = series * r + 1.0F / 24;
  series = series * r + 1.0F / 6;
  series = series * r + 0.5F;
  series = series * r + 1.0F;
  series = series * r + 1.0F;
  const Integers exponent = (__builtin_convertvector(n, Integers) + 127) << 23;
  const Lanes result = series * __builtin_bit_cast(Lanes, exponent);
  return vanishes ? Lanes{} : result;
}

// Calls whole(i) for each whole vector and part(i, count) for what remains.
template <typename Whole, typename Part>
QUALM_INLINE void for_vectors(std::int64_t size, const Whole& whole, const Part& part) {
  std::int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) whole(i);
  if (i < size) part(i, size - i);
}

void add(float* y, const float* x, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i) y[i] += x[i];
}

void multiply(float* y, const float* x, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i) y[i] *= x[i];
}

template <typename Function>
QUALM_INLINE void apply(float* x, std::int64_t size, const Function& function) {
  for_vectors(
      size, [&](std::int64_t i) { store(x + i, function(load(x + i))); },
      [&](std::int64_t i, std::int64_t count) { store_part(x + i, function(load_part(x + i, count, 0.0F)), count); });
}

void silu(float* x, std::int64_t size) {
  apply(x, size, [](const Lanes& v) { return v / (exponential(-v) + 1.0F); });
}

// x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3); (1 + tanh u) / 2 = 1 / (1 + e^(-2u)).
void gelu_tanh(float* x, std::int64_t size) {
  apply(x, size, [](const Lanes& v) {
    const Lanes u = (v + v * v * v * 0.044715F) * 0.797884561F;
    return v / (exponential(u * -2.0F) + 1.0F);
  });
}

float sum_of_squares(const float* x, float mean, std::int64_t size) {
  Lanes total{};
  for_vectors(
      size,
      [&](std::int64_t i) {
        const Lanes v = load(x + i) - mean;
        total += v * v;
      },
      [&](std::int64_t i, std::int64_t count) {
        const Lanes v = load_part(x + i, count, mean) - mean;
        total += v * v;
      });
  return sum_of(total);
}

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t size, float* y) {
  const float variance = sum_of_squares(x, 0.0F, size) / static_cast<float>(size);
  const float scale = 1.0F / __builtin_sqrtf(variance + epsilon);
  for (std::int64_t i = 0; i < size; ++i) y[i] = x[i] * scale * weight[i];
}

void layer_norm(const float* x, const float* weight, const float* bias, float epsilon, std::int64_t size, float* y) {
  Lanes total{};
  for_vectors(
      size, [&](std::int64_t i) { total += load(x + i); },
      [&](std::int64_t i, std::int64_t count) { total += load_part(x + i, count, 0.0F); });
  const float mean = sum_of(total) / static_cast<float>(size);
  const float variance = sum_of_squares(x, mean, size) / static_cast<float>(size);
  const float scale = 1.0F / __builtin_sqrtf(variance + epsilon);
  for (std::int64_t i = 0; i < size; ++i) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

float maximum(const float* x, std::int64_t size) {
  Lanes greatest = Lanes{} - __builtin_inff();
  for_vectors(
      size,
      [&](std::int64_t i) {
        const Lanes v = load(x + i);
        greatest = v > greatest ? v : greatest;
      },
      [&](std::int64_t i, std::int64_t count) {
        const Lanes v = load_part(x + i, count, -__builtin_inff());
        greatest = v > greatest ? v : greatest;
      });
  return greatest_of(greatest);
}

double exponentials(const float* x, float greatest, float scale, std::int64_t size, float* y) {
  double total = 0.0;
  for_vectors(
      size,
      [&](std::int64_t i) {
        const Lanes e = exponential((load(x + i) - greatest) * scale);
        store(y + i, e);
        total += static_cast<double>(sum_of(e));
      },
      [&](std::int64_t i, std::int64_t count) {
        const Lanes e = exponential((load_part(x + i, count, -__builtin_inff()) - greatest) * scale);
        store_part(y + i, e, count);
        total += static_cast<double>(sum_of(e));
      });
  return total;
}

// Queries are taken a few at a time, so that a page is read once for all of them; each query's own order of summation is
// the same however they are grouped.
template <int kQueries>
void attend_queries(const AttentionHead& head, const float* queries, float* outputs) {
  const std::int64_t pages = (head.positions + kLanes - 1) / kLanes;
  const std::int64_t stride = pages * kLanes;
  Lanes greatest[kQueries];
  for (Lanes& g : greatest) g = Lanes{} - __builtin_inff();
  Lanes lane_index{};
  for (std::int64_t i = 0; i < kLanes; ++i) lane_index[i] = static_cast<float>(i);
  for (std::int64_t page = 0; page < pages; ++page) {
    const float* keys = head.pages[page] + head.head_offset;
    Lanes score[kQueries] = {};
    for (std::int64_t d = 0; d < head.head_dim; ++d) {
      const Lanes key = load(keys + d * kLanes);
      for (int q = 0; q < kQueries; ++q) score[q] += key * queries[q * head.head_dim + d];
    }
    const Integers beyond = lane_index >= Lanes{} + static_cast<float>(head.positions - page * kLanes);
    for (int q = 0; q < kQueries; ++q) {
      const Lanes scaled = beyond ? Lanes{} - __builtin_inff() : score[q] * head.scale;
      greatest[q] = scaled > greatest[q] ? scaled : greatest[q];
      store(head.scores + q * stride + page * kLanes, scaled);
    }
  }
  float total[kQueries];
  for (int q = 0; q < kQueries; ++q) {
    const float peak = greatest_of(greatest[q]);
    Lanes sum{};
    for (std::int64_t i = 0; i < stride; i += kLanes) {
      const Lanes e = exponential(load(head.scores + q * stride + i) - peak);
      store(head.scores + q * stride + i, e);
      sum += e;
    }
    total[q] = sum_of(sum);
  }
  const std::int64_t width = padded(head.head_dim);
  for (std::int64_t d = 0; d < head.head_dim; d += kLanes) {
    Lanes output[kQueries] = {};
    for (std::int64_t page = 0; page < pages; ++page) {
      const float* values = head.pages[page] + head.head_offset + head.head_dim * kLanes + d;
      const std::int64_t rest = head.positions - page * kLanes;
      const std::int64_t count = rest < kLanes ? rest : kLanes;
      const float* weights = head.scores + page * kLanes;
      for (std::int64_t i = 0; i < count; ++i) {
        const Lanes value = load(values + i * width);
        for (int q = 0; q < kQueries; ++q) output[q] += value * weights[q * stride + i];
      }
    }
    const std::int64_t count = head.head_dim - d < kLanes ? head.head_dim - d : kLanes;
    for (int q = 0; q < kQueries; ++q) {
      float* to = outputs + q * head.head_dim + d;
      if (count == kLanes) store(to, output[q] / total[q]);
      else store_part(to, output[q] / total[q], count);
    }
  }
}

void attend(const AttentionHead& head) {
  std::int64_t q = 0;
  for (; q + 4 <= head.group; q += 4)
    attend_queries<4>(head, head.queries + q * head.head_dim, head.outputs + q * head.head_dim);
  const float* queries = head.queries + q * head.head_dim;
  float* outputs = head.outputs + q * head.head_dim;
  switch (head.group - q) {
    case 3: attend_queries<3>(head, queries, outputs); break;
    case 2: attend_queries<2>(head, queries, outputs); break;
    case 1: attend_queries<1>(head, queries, outputs); break;
    default: break;
  }
}

}  // namespace

extern const CpuKernels KERNEL_TABLE;
const CpuKernels KERNEL_TABLE{.rms_norm = rms_norm,
                              .layer_norm = layer_norm,
                              .silu = silu,
                              .gelu_tanh = gelu_tanh,
                              .multiply = multiply,
                              .add = add,
                              .attend = attend,
                              .maximum = maximum,
                              .exponentials = exponentials};

}  // namespace qualm::generators::local
