#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quant/type.h"

namespace qualm::generators::local {

/// The type that GGUF numbers `number` (ggml.h, enum ggml_type); std::nullopt where quant/ has none.
[[nodiscard]] std::optional<quant::Type> gguf_type(std::uint32_t number);

/// GGUF's name of type `number`, "type N" where it is not known.
[[nodiscard]] std::string gguf_type_name(std::uint32_t number);

/// The names of the types that gguf_type knows, for messages.
[[nodiscard]] std::string gguf_type_names();

}  // namespace qualm::generators::local
