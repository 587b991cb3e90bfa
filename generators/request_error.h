#pragma once

#include <stdexcept>

namespace qualm::generators {

/// A request that cannot be met as it is: a prompt longer than the context, parameters out of range, a device that is
/// not known. The message says what to change. Exit code 2.
class RequestError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace qualm::generators
