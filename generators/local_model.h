#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "generators/generator.h"

namespace qualm::generators {

struct LocalModelOptions {
  std::filesystem::path model;    ///< a folder or a .gguf file
  std::string device = "auto";    ///< auto, cpu, cuda, cuda:N
  std::string kernels = "auto";   ///< auto, portable, avx2, avx512
  int threads = 0;                ///< 0: as many as cores
  std::int64_t max_batch = 0;     ///< rows in one step; 0: chosen
  std::uint64_t memory_bytes = 0; ///< bound of the KV cache; 0: a part of free memory
};

/// The logits of one sequence.
struct SequenceLogits {
  std::vector<std::int32_t> argmax;   ///< one a position
  std::vector<double> log_sum_exp;    ///< one a position
  std::vector<float> last_logits;     ///< of the last position, vocabulary values
};

/// A quantized model on this machine. Lives in a module (shared library) of the full build that is opened on demand.
class LocalModel : public Generator {
 public:
  [[nodiscard]] virtual SequenceLogits logits(const std::vector<std::int32_t>& tokens) = 0;
};

/// Opens the module beside the executable (or in ../lib) and the model in it. Throws std::runtime_error where this
/// build has no module, CheckpointError's message for a bad model.
[[nodiscard]] std::unique_ptr<LocalModel> open_local_model(const LocalModelOptions& options);

}  // namespace qualm::generators
