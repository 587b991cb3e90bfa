#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "generators/generator.h"
#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators {

struct LocalModelOptions {
  std::filesystem::path model;     ///< a folder or a .gguf file
  std::string device = "auto";     ///< auto, cpu, cuda, cuda:N
  std::string kernels = "auto";    ///< auto, portable, avx2, avx512
  int threads = 0;                 ///< 0: as many as cores
  std::int64_t max_batch = 0;      ///< rows in one step; 0: chosen
  std::uint64_t memory_bytes = 0;  ///< bound of the KV cache; 0: a part of free memory
};

/// The logits of one sequence.
struct SequenceLogits {
  std::vector<std::int32_t> argmax;  ///< one a position
  std::vector<double> log_sum_exp;   ///< one a position
  std::vector<float> last_logits;    ///< of the last position, vocabulary values
};

/// How fast a model read one prompt and then continued it in several streams at once.
struct Throughput {
  std::int64_t prompt_tokens = 0;
  double prompt_seconds = 0.0;
  std::int64_t streams = 0;
  std::int64_t generated_tokens = 0;  ///< of all streams together
  double generation_seconds = 0.0;
};

/// A quantized model on this machine. Lives in a module (shared library) of the full build that is opened on demand.
class LocalModel : public Generator {
 public:
  [[nodiscard]] virtual SequenceLogits logits(const std::vector<std::int32_t>& tokens) = 0;
  /// Reads a prompt of `prompt` tokens once and samples `tokens` tokens in each of `streams` streams that share it.
  [[nodiscard]] virtual Throughput measure(std::int64_t prompt, std::int64_t streams, std::int64_t tokens) = 0;
};

/// Whether this build can run models on a device, and what it is or what lacks.
struct DeviceReport {
  std::string device;  ///< "cpu", "cuda:0"
  bool available = false;
  std::string detail;
};

/// Opens the module beside the executable (or in ../lib) and the model in it. Throws std::runtime_error where this
/// build has no module or the model does not fit in memory, local::CheckpointError for a bad model, RequestError for
/// options that are not known.
[[nodiscard]] std::unique_ptr<LocalModel> open_local_model(const LocalModelOptions& options);

/// Opens the module and a model's tokenizer in it; no weights are read. Throws as open_local_model does.
[[nodiscard]] std::unique_ptr<local::Tokenizer> open_tokenizer(const std::filesystem::path& model);

/// The devices of this machine, each tried. Throws std::runtime_error where this build has no module.
[[nodiscard]] std::vector<DeviceReport> local_devices();

}  // namespace qualm::generators
