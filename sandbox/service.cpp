#include "sandbox/service.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <thread>
#include <utility>

#include "sandbox/descriptor.h"
#include "sandbox/error.h"

namespace qualm::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How often a waiting caller looks whether it is to stop.
constexpr milliseconds kTick{50};
/// Limits that a server's whole life does not reach: time is kept task by task.
constexpr std::chrono::hours kForEver{24 * 365};

std::array<char, 4> encode_length(std::size_t length) {
  std::array<char, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(length >> (8 * (bytes.size() - 1 - i)) & 0xff);
  }
  return bytes;
}

std::size_t decode_length(std::string_view bytes) {
  std::size_t length = 0;
  for (const char byte : bytes) {
    length = length << 8 | static_cast<unsigned char>(byte);
  }
  return length;
}

/// The waits of one task: until a socket is ready, the limit has passed or the caller wants to stop.
class Waiting {
 public:
  Waiting(milliseconds limit, const std::stop_token& stop) : deadline_(Clock::now() + limit), stop_(stop) {}

  /// False when the limit has passed. Throws Cancelled.
  [[nodiscard]] bool until_ready(int socket, short event) const {
    for (;;) {
      if (stop_.stop_requested()) {
        throw Cancelled();
      }
      const auto left = std::chrono::ceil<milliseconds>(deadline_ - Clock::now());
      if (left.count() <= 0) {
        return false;
      }
      pollfd waiting{socket, event, 0};
      if (poll(&waiting, 1, static_cast<int>(std::min(left, kTick).count())) > 0) {
        return true;
      }
    }
  }

 private:
  Clock::time_point deadline_;
  const std::stop_token& stop_;
};

Reply::State send_all(int socket, std::string_view bytes, const Waiting& waiting) {
  while (!bytes.empty()) {
    if (!waiting.until_ready(socket, POLLOUT)) {
      return Reply::State::timed_out;
    }
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR && errno != EAGAIN) {
      return Reply::State::ended;
    }
  }
  return Reply::State::answered;
}

/// Appends `count` bytes to `bytes`. Memory grows with what arrives, not with what is announced.
Reply::State receive(int socket, std::string& bytes, std::size_t count, const Waiting& waiting) {
  std::array<char, 65536> buffer;
  while (count > 0) {
    if (!waiting.until_ready(socket, POLLIN)) {
      return Reply::State::timed_out;
    }
    const ssize_t got = recv(socket, buffer.data(), std::min(count, buffer.size()), MSG_DONTWAIT);
    if (got > 0) {
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
      count -= static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      return Reply::State::ended;
    }
  }
  return Reply::State::answered;
}

}  // namespace

/// A running server: the thread that supervises its jail, and the harness's end of its socket.
struct Service::Server {
  Server(const Jail& jail, const Command& command, const Limits& limits) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw SandboxError(fmt::format("sandbox: socketpair for a service failed: {}", std::strerror(errno)));
    }
    socket = Descriptor(ends[0]);
    supervisor =
        std::jthread([this, &jail, command, limits, end = Descriptor(ends[1])](const std::stop_token& stop) mutable {
          Command with_socket = command;
          with_socket.standard_input = end.get();
          try {
            static_cast<void>(jail.run(with_socket, limits, stop));
          } catch (const Cancelled&) {  // by end()
          } catch (...) {
            failure = std::current_exception();
          }
          end.reset();  // whoever waits for a reply learns that there will be none
        });
  }

  Descriptor socket;
  std::exception_ptr failure;  ///< read only after the supervisor has closed its end of the socket and was joined
  std::jthread supervisor;     ///< last: stopped and joined before the rest is destroyed
};

Service::Service(const Jail& jail, Command command, Limits limits)
    : jail_(jail), command_(std::move(command)), limits_(limits) {
  limits_.wall = kForEver;
  limits_.cpu = kForEver;
}

Service::~Service() = default;

void Service::end() { server_.reset(); }

Reply Service::ask(std::string_view request, milliseconds limit, std::size_t reply_limit_bytes,
                   const std::stop_token& stop) {
  const Clock::time_point begin = Clock::now();
  const Waiting waiting(limit, stop);
  if (!server_) {
    server_ = std::make_unique<Server>(jail_, command_, limits_);
  }
  Reply reply;
  try {
    const int socket = server_->socket.get();
    const auto length = encode_length(request.size());
    std::string announced;
    reply.state = send_all(socket, {length.data(), length.size()}, waiting);
    if (reply.state == Reply::State::answered) {
      reply.state = send_all(socket, request, waiting);
    }
    if (reply.state == Reply::State::answered) {
      reply.state = receive(socket, announced, length.size(), waiting);
    }
    if (reply.state == Reply::State::answered) {
      const std::size_t size = decode_length(announced);
      reply.state = size > reply_limit_bytes ? Reply::State::too_long : receive(socket, reply.body, size, waiting);
    }
  } catch (...) {
    end();
    throw;
  }
  if (reply.state != Reply::State::answered) {
    server_->supervisor.request_stop();
    server_->supervisor.join();
    const std::exception_ptr failure = server_->failure;
    end();
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
  reply.wall = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  return reply;
}

}  // namespace qualm::sandbox
