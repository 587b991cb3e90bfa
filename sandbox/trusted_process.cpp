#include "sandbox/trusted_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sandbox/descriptor.h"
#include "sandbox/error.h"

namespace qualm::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeptBytes = 1 << 20;

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

struct Stream {
  Descriptor read_end;
  std::string* text;
};

/// Reads what is there; closes the stream at its end.
void drain(Stream& stream) {
  std::array<char, 4096> buffer{};
  const ssize_t got = read(stream.read_end.get(), buffer.data(), buffer.size());
  if (got > 0) {
    stream.text->append(buffer.data(), std::min(static_cast<std::size_t>(got), kKeptBytes - stream.text->size()));
  } else if (got == 0 || errno != EINTR) {
    stream.read_end = Descriptor();
  }
}

}  // namespace

TrustedOutput run_trusted(const std::vector<std::string>& arguments, std::chrono::milliseconds time_limit) {
  TrustedOutput output;
  std::array<Stream, 2> streams = {Stream{Descriptor(), &output.standard_output},
                                   Stream{Descriptor(), &output.standard_error}};
  FileActions actions;
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::array<Descriptor, 2> write_ends;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw SandboxError(fmt::format("cannot start {}: pipe2 failed: {}", arguments[0], std::strerror(errno)));
    }
    streams[i].read_end = Descriptor(ends[0]);
    write_ends[i] = Descriptor(ends[1]);
    posix_spawn_file_actions_adddup2(actions.get(), ends[1], static_cast<int>(i) + STDOUT_FILENO);
  }
  std::vector<std::string> text = arguments;
  std::vector<char*> pointers;
  for (std::string& argument : text) {
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  pid_t child = -1;
  const int failed = posix_spawn(&child, pointers[0], actions.get(), nullptr, pointers.data(), environ);
  if (failed != 0) {
    throw SandboxError(fmt::format("cannot start {}: {}", arguments[0], std::strerror(failed)));
  }
  write_ends = {};

  const Clock::time_point deadline = Clock::now() + time_limit;
  bool late = false;
  while (!late && (streams[0].read_end || streams[1].read_end)) {
    std::array<pollfd, 2> waiting{};
    for (std::size_t i = 0; i < streams.size(); ++i) {
      waiting[i] = {streams[i].read_end ? streams[i].read_end.get() : -1, POLLIN, 0};
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    late = left <= 0 || poll(waiting.data(), waiting.size(), static_cast<int>(left)) == 0;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (waiting[i].revents != 0) {
        drain(streams[i]);
      }
    }
  }
  if (late) {
    kill(child, SIGKILL);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  output.exit_code = late ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return output;
}

}  // namespace qualm::sandbox
