#include "sandbox/service.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sandbox/error.h"

namespace fs = std::filesystem;
using namespace qualm::sandbox;
using namespace std::chrono_literals;

namespace {

/// Answers a request with its text, except for the words that name a misbehaviour.
constexpr const char* server_program = R"(
import os, signal, socket, struct, time
channel = socket.socket(fileno=os.dup(0))
def take(count):
    data = b""
    while len(data) < count:
        part = channel.recv(count - len(data))
        if not part: raise SystemExit
        data += part
    return data
served = 0
while True:
    text = take(struct.unpack(">I", take(4))[0])
    served += 1
    if text == b"hang": time.sleep(1000)
    if text == b"crash": os.kill(os.getpid(), signal.SIGSEGV)
    if text == b"half": channel.sendall(struct.pack(">I", 100) + b"x"); raise SystemExit
    if text == b"boast": channel.sendall(struct.pack(">I", 0xffffffff))
    if text == b"daemon" and os.fork() == 0: os.setsid(); time.sleep(1000)
    if text == b"count": text = str(served).encode()
    channel.sendall(struct.pack(">I", len(text)) + text)
)";

Command server() {
  Command command;
  command.arguments = {"/usr/bin/python3", "/tmp/server.py"};
  command.environment = {"PATH=/usr/bin:/bin"};
  for (const char* path : {"/bin", "/usr/bin", "/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache"}) {
    if (fs::exists(path)) {
      command.visible.emplace_back(path);
    }
  }
  command.files = {{"server.py", server_program}};
  return command;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

bool has_children() {
  std::ifstream children("/proc/self/task/" + std::to_string(getpid()) + "/children");
  std::string first;
  return static_cast<bool>(children >> first);
}

}  // namespace

TEST_CASE("a service answers task after task from one process") {
  for (const Level level : {Level::full, Level::no_proc, Level::seccomp}) {
    const Jail jail(level);
    Service service(jail, server(), {});
    const std::string large(300'000, 'a');
    CHECK(service.ask("one", 10s, 1000).body == "one");
    CHECK(service.ask(large, 10s, large.size()).body == large);
    CHECK(service.ask("", 10s, 1000).body.empty());
    CHECK(service.ask("count", 10s, 1000).body == "4");
  }
}

TEST_CASE("a service that fails a task is started anew for the next") {
  const Jail jail(Level::full);
  Service service(jail, server(), {});
  CHECK(service.ask("hang", 300ms, 1000).state == Reply::State::timed_out);
  CHECK(service.ask("count", 10s, 1000).body == "1");
  CHECK(service.ask("crash", 10s, 1000).state == Reply::State::ended);
  CHECK(service.ask("count", 10s, 1000).body == "1");
  CHECK(service.ask("half", 10s, 1000).state == Reply::State::ended);
  CHECK(service.ask("boast", 10s, 1000).state == Reply::State::too_long);
  CHECK(service.ask("longer than allowed", 10s, 5).state == Reply::State::too_long);
  CHECK(service.ask("count", 10s, 1000).body == "1");
}

TEST_CASE("nothing of a service is left when it is gone") {
  const std::size_t before = open_descriptors();
  {
    const Jail jail(Level::full);
    Service service(jail, server(), {});
    CHECK(service.ask("daemon", 10s, 1000).body == "daemon");
    service.end();
    CHECK_FALSE(has_children());
    CHECK(service.ask("one", 10s, 1000).body == "one");
  }
  CHECK_FALSE(has_children());
  CHECK(open_descriptors() == before);
}

TEST_CASE("a service's task can be cancelled") {
  const Jail jail(Level::full);
  Service service(jail, server(), {});
  std::stop_source source;
  const std::jthread later([&] {
    std::this_thread::sleep_for(200ms);
    source.request_stop();
  });
  CHECK_THROWS_AS(static_cast<void>(service.ask("hang", 60s, 1000, source.get_token())), Cancelled);
  CHECK(service.ask("count", 10s, 1000).body == "1");
}

TEST_CASE("a service that cannot be started is an error of the sandbox") {
  const Jail jail(Level::full);
  Command command = server();
  command.arguments[0] = "/usr/bin/there-is-no-such-server";
  Service service(jail, command, {});
  CHECK_THROWS_AS(static_cast<void>(service.ask("one", 10s, 1000)), SandboxError);
}
