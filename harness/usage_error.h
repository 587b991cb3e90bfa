#pragma once

#include <stdexcept>

namespace qualm::harness {

/// Options that do not go together or have no meaning; the message says which and what to give instead.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace qualm::harness
