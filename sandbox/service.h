#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "sandbox/jail.h"

namespace qualm::sandbox {

/// What came of one task given to a service.
struct Reply {
  enum class State {
    answered,   ///< `body` is what the server wrote; it is no more to be trusted than the server's input
    timed_out,  ///< the task's limit passed; the server is gone
    ended,      ///< the server ended, or was killed, before its reply was whole
    too_long,   ///< the server announced more than the caller takes; the server is gone
  };
  State state = State::ended;
  std::string body;
  std::chrono::microseconds wall{0};
};

/// A jailed server that is given one task at a time. It reads requests from standard input, a socket, and writes the
/// replies to the same descriptor; each is a length (4 bytes, most significant first) and so many bytes. Sources and
/// products travel in those, so no file and no link of the server's is ever looked at. The server starts with the
/// first task and anew after it ended, by itself or by a limit. For one thread at a time.
class Service {
 public:
  /// `command.standard_input` is ignored; of `limits`, memory, processes and the scratch directory's size are kept
  /// for the server's whole life, time is given by task.
  Service(const Jail& jail, Command command, Limits limits);
  ~Service();  ///< ends the server
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Gives one task and waits for its reply. Throws SandboxError when the server's jail cannot be made, Cancelled soon
  /// after `stop` is requested.
  [[nodiscard]] Reply ask(std::string_view request, std::chrono::milliseconds limit, std::size_t reply_limit_bytes,
                          const std::stop_token& stop = {});

  /// Ends the server and all of its tree; the next task starts another.
  void end();

 private:
  struct Server;
  const Jail& jail_;
  Command command_;
  Limits limits_;
  std::unique_ptr<Server> server_;
};

}  // namespace qualm::sandbox
