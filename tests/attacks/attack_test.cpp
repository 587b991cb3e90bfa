// Runs each hostile program of programs/ and checks its verdict and that nothing outside changed or stayed.
//
// A program says in its first lines what it is: "attack" (what it tries), "levels" (of the sandbox that hold it),
// "expect" (alternatives between '|': "exit N", "signal N", or a cause), and if wanted "prints" (standard output
// without the last newline), "total" (bytes of output), "refused" (a recorded call), "collects" (files taken) and
// "limits".
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "sandbox/descriptor.h"
#include "sandbox/jail.h"

namespace fs = std::filesystem;
using namespace qualm::sandbox;

namespace {

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

/// The first lines of a program as a map from key to value.
std::map<std::string, std::string> read_header(const fs::path& program) {
  std::map<std::string, std::string> header;
  std::ifstream in(program);
  for (std::string line; std::getline(in, line);) {
    const std::size_t begin = line.find_first_not_of("#/ ");
    const std::size_t colon = line.find(": ");
    if (begin == 0 || begin == std::string::npos || colon == std::string::npos) {
      break;
    }
    header[line.substr(begin, colon - begin)] = line.substr(colon + 2);
  }
  return header;
}

Limits read_limits(const std::string& text) {
  Limits limits;
  for (const std::string& word : words(text)) {
    const std::string name = word.substr(0, word.find('='));
    const auto value = std::stoul(word.substr(word.find('=') + 1));
    if (name == "wall") {
      limits.wall = std::chrono::milliseconds(value);
    } else if (name == "cpu") {
      limits.cpu = std::chrono::seconds(value);
    } else if (name == "memory") {
      limits.memory_bytes = value << 20;
    } else if (name == "scratch") {
      limits.scratch_bytes = value << 20;
    } else if (name == "inodes") {
      limits.scratch_inodes = value;
    } else if (name == "processes") {
      limits.processes = static_cast<std::uint32_t>(value);
    } else {
      throw std::runtime_error("unknown limit " + name);
    }
  }
  return limits;
}

std::string verdict(const Outcome& outcome) {
  if (outcome.cause == Cause::exited) {
    return "exit " + std::to_string(outcome.exit_code);
  }
  return outcome.cause == Cause::signaled ? "signal " + std::to_string(*outcome.signal) : to_string(outcome.cause);
}

/// A TCP, a UDP and an abstract socket of the host that nobody may reach, and a file nobody may read or change.
class Host {
 public:
  Host() {
    std::string pattern = (fs::temp_directory_path() / "qualm-attacked-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    chmod(pattern.c_str(), 0777);
    std::ofstream(file()) << "secret";
    chmod(file().c_str(), 0666);
    fs::create_directory(folder_ / "temporary");
    setenv("TMPDIR", (folder_ / "temporary").c_str(), 1);
    tcp_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(tcp_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(tcp_.get(), 8) == 0);
    REQUIRE(getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    udp_ = Descriptor(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    REQUIRE(bind(udp_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    abstract_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path + 1, socket_name().c_str(), sizeof name.sun_path - 2);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + socket_name().size());
    REQUIRE(bind(abstract_.get(), reinterpret_cast<sockaddr*>(&name), length) == 0);
    REQUIRE(listen(abstract_.get(), 8) == 0);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() {
    unsetenv("TMPDIR");
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  [[nodiscard]] fs::path file() const { return folder_ / "secret.txt"; }
  [[nodiscard]] std::string socket_name() const { return "qualm-attack-" + std::to_string(getpid()); }

  [[nodiscard]] std::vector<std::string> environment() const {
    return {"PATH=/usr/bin:/bin", "HOST_PORT=" + std::to_string(port_), "HOST_SOCKET=" + socket_name(),
            "HOST_FILE=" + file().string(), "HOST_PROCESS=" + std::to_string(getpid())};
  }

  void check_untouched() const {
    CHECK(read_text(file()) == "secret");
    CHECK(fs::is_empty(folder_ / "temporary"));
    CHECK(accept(tcp_.get(), nullptr, nullptr) == -1);
    CHECK(accept(abstract_.get(), nullptr, nullptr) == -1);
    char byte = 0;
    CHECK(recv(udp_.get(), &byte, 1, 0) == -1);
  }

 private:
  fs::path folder_;
  Descriptor tcp_;
  Descriptor udp_;
  Descriptor abstract_;
  std::uint16_t port_ = 0;
};

/// What a run must not change on the machine, as far as it can be seen from here.
struct Traces {
  std::string mounts = read_text("/proc/self/mountinfo");
  std::string shared_memory = read_text("/proc/sysvipc/shm");
  std::size_t descriptors = 0;
  std::set<std::string> cgroups;

  Traces() {
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
      static_cast<void>(entry);
      ++descriptors;
    }
    const std::string prefix = "qualm-" + std::to_string(getpid()) + "-";
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry("/sys/fs/cgroup", options, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().filename().string().starts_with(prefix)) {
        cgroups.insert(entry->path());
      }
    }
  }
  bool operator==(const Traces&) const = default;
};

/// Processes with `mark` among their arguments; a program's descendants keep them.
std::vector<std::string> processes_marked(const std::string& mark) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") == std::string::npos &&
        read_text(entry.path() / "cmdline").find(mark) != std::string::npos) {
      found.push_back(name);
    }
  }
  return found;
}

Command command_for(const fs::path& program, const Host& host, const std::string& mark) {
  Command command;
  for (const char* path : {"/usr/bin", "/bin", "/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache"}) {
    if (fs::exists(path)) {
      command.visible.emplace_back(path);
    }
  }
  if (program.extension() == ".c") {
    const fs::path binary = fs::path(QUALM_ATTACK_BINARIES) / program.stem();
    command.visible.push_back(binary);
    command.arguments = {binary.string(), mark};
  } else {
    command.files = {{program.filename().string(), read_text(program)}};
    command.arguments = {"/usr/bin/python3", "/tmp/" + program.filename().string(), mark};
  }
  command.environment = host.environment();
  command.collect_suffix = ".product";
  return command;
}

void run_attack(const fs::path& program, Level level) {
  const auto header = read_header(program);
  const auto value = [&](const std::string& key) { return header.contains(key) ? header.at(key) : std::string(); };
  const std::string mark =
      "qualm-mark-" + std::to_string(getpid()) + "-" + program.stem().string() + "-" + to_string(level);
  const Host host;
  const Jail jail(level);
  const Traces before;
  const Outcome outcome = jail.run(command_for(program, host, mark), read_limits(value("limits")));
  CAPTURE(program.filename().string(), to_string(level), outcome.exit_code, outcome.standard_output,
          outcome.standard_error);

  std::vector<std::string> expected;
  std::istringstream alternatives(value("expect"));
  for (std::string one; std::getline(alternatives, one, '|');) {
    expected.push_back(
        one.substr(one.find_first_not_of(' '), one.find_last_not_of(' ') - one.find_first_not_of(' ') + 1));
  }
  CHECK_THAT(expected, Catch::VectorContains(verdict(outcome)));
  CHECK(outcome.standard_output.size() <= Limits{}.output_bytes);
  CHECK(outcome.standard_error.size() <= Limits{}.output_bytes);
  if (header.contains("prints")) {
    CHECK(outcome.standard_output == value("prints") + "\n");
  }
  if (header.contains("total")) {
    CHECK(outcome.output_total_bytes == std::stoull(value("total")));
  }
  CHECK(outcome.refused_calls == words(value("refused")));
  std::vector<std::string> collected;
  for (const File& file : outcome.files) {
    collected.push_back(file.name);
  }
  CHECK(collected == words(value("collects")));
  CHECK(outcome.wall < std::chrono::seconds(20));

  CHECK(processes_marked(mark).empty());
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
  host.check_untouched();
  CHECK(Traces() == before);
}

}  // namespace

TEST_CASE("an attack is held") {
  std::vector<fs::path> programs;
  for (const auto& entry : fs::directory_iterator(QUALM_ATTACK_PROGRAMS)) {
    programs.push_back(entry.path());
  }
  std::ranges::sort(programs);
  for (const fs::path& program : programs) {
    DYNAMIC_SECTION(program.stem().string()) {
      const auto header = read_header(program);
      REQUIRE(header.contains("attack"));
      REQUIRE(header.contains("expect"));
      for (const std::string& name : words(header.at("levels"))) {
        const auto level = parse_level(name);
        REQUIRE(level);
        run_attack(program, *level);
      }
    }
  }
}
