#pragma once

#include <array>
#include <cstdint>

namespace qualm::sandbox {

/// Head of a request to a zygote. kZygoteDescriptors descriptors come with it (control, standard input, output and
/// error of the jail's first process), the plan and the task follow.
struct ZygoteRequest {
  std::uint64_t plan_bytes = 0;
  std::uint64_t task_bytes = 0;
};
inline constexpr std::size_t kZygoteDescriptors = 4;

/// The answer: the jail's first process, or why there is none.
struct ZygoteAnswer {
  std::int32_t process = -1;
  std::int32_t error = 0;  ///< errno of the clone
};

}  // namespace qualm::sandbox
