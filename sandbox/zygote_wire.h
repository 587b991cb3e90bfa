#pragma once

#include <array>
#include <cstdint>

namespace qualm::sandbox {

/// Head of a request to a zygote; kZygoteDescriptors descriptors come with it. For a jail: control, standard input,
/// output and error of its first process; the plan and the task follow. For a copy: the copy's socket, its shared
/// memory and its output, twice.
struct ZygoteRequest {
  enum class Kind : std::uint64_t { jail, copy };
  Kind kind = Kind::jail;
  std::uint64_t plan_bytes = 0;
  std::uint64_t task_bytes = 0;
};
inline constexpr std::size_t kZygoteDescriptors = 4;

/// The answer: the jail's first process or the copy, or why there is none.
struct ZygoteAnswer {
  std::int32_t process = -1;
  std::int32_t error = 0;  ///< errno of the clone
};

}  // namespace qualm::sandbox
