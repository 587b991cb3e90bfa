#include "sandbox/jail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sandbox/error.h"

namespace fs = std::filesystem;
using namespace qualm::sandbox;
using namespace std::chrono_literals;

namespace {

constexpr Level kLevels[] = {Level::full, Level::no_proc, Level::seccomp};

Command command_of(std::vector<std::string> arguments) {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = {"PATH=/usr/bin:/bin"};
  for (const char* path : {"/bin", "/usr/bin", "/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache"}) {
    if (fs::exists(path)) {
      command.visible.emplace_back(path);
    }
  }
  return command;
}

Command shell(const std::string& script) { return command_of({"/bin/sh", "-c", script}); }

Command python(const std::string& program) {
  Command command = command_of({"/usr/bin/python3", "/tmp/program.py"});
  command.files = {{"program.py", program}};
  return command;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = "/tmp/qualm-test-XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("output, exit code and collected files come back at every level") {
  for (const Level level : kLevels) {
    CAPTURE(to_string(level));
    const Jail jail(level);
    Command command =
        shell("cat in.txt deep/er/in.txt; echo oops >&2; echo made > out.result; mkdir d; echo x > d/y.result; exit 3");
    command.files = {{"in.txt", "hello\n"}, {"deep/er/in.txt", std::string("a\0b\n", 4)}};
    command.collect_suffix = ".result";
    const Outcome outcome = jail.run(command, {});
    CHECK(outcome.standard_output == std::string("hello\na\0b\n", 10));
    CHECK(outcome.standard_error == "oops\n");
    CHECK(outcome.output_total_bytes == 15);
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.cause == Cause::exited);
    CHECK_FALSE(outcome.timed_out);
    REQUIRE(outcome.files.size() == 2);
    CHECK(outcome.files[0].name == "d/y.result");
    CHECK(outcome.files[1].contents == "made\n");
  }
}

TEST_CASE("output is kept to its limit") {
  const Jail jail(Level::full);
  Limits limits;
  limits.output_bytes = 10;
  const Outcome outcome = jail.run(shell("printf 0123456789abcdef; printf abcdefghijklmnop >&2"), limits);
  CHECK(outcome.standard_output == "0123456789");
  CHECK(outcome.standard_error == "abcdefghij");
  CHECK(outcome.output_total_bytes == 32);
}

TEST_CASE("a program that sleeps past the wall limit is a timeout, its output so far kept") {
  for (const Level level : kLevels) {
    CAPTURE(to_string(level));
    const Jail jail(level);
    Limits limits;
    limits.wall = 300ms;
    const Outcome outcome = jail.run(shell("echo early; setsid sleep 61 & sleep 60"), limits);
    CHECK(outcome.timed_out);
    CHECK(outcome.exit_code == -1);
    CHECK(outcome.cause == Cause::wall_timeout);
    CHECK(outcome.standard_output == "early\n");
    CHECK(outcome.wall >= 300ms);
  }
}

TEST_CASE("the end by a signal is the negative signal number, SIGKILL and abort included") {
  for (const Level level : kLevels) {
    CAPTURE(to_string(level));
    const Jail jail(level);
    for (const int signal : {9, 6, 15, 11}) {
      const Outcome outcome = jail.run(shell("kill -" + std::to_string(signal) + " $$"), {});
      CHECK(outcome.exit_code == -signal);
      CHECK(outcome.signal == signal);
      CHECK(outcome.cause == Cause::signaled);
    }
  }
}

TEST_CASE("a program that is not there or cannot be executed is an error of the harness") {
  for (const Level level : kLevels) {
    CAPTURE(to_string(level));
    const Jail jail(level);
    CHECK_THROWS_WITH(jail.run(command_of({"/no/such/program"}), {}), Catch::Contains("/no/such/program"));
    Command not_executable = command_of({"/tmp/text"});
    not_executable.files = {{"text", "not a program"}};
    CHECK_THROWS_WITH(jail.run(not_executable, {}), Catch::Contains("execve"));
  }
}

TEST_CASE("commands that cannot be carried out are refused") {
  const Jail jail(Level::full);
  CHECK_THROWS_AS(jail.run(Command{}, {}), SandboxError);
  CHECK_THROWS_AS(jail.run(command_of({"relative"}), {}), SandboxError);
  for (const char* name : {"", "/absolute", "../outside", "a/../../b", ".", "folder/", "a//b"}) {
    Command command = shell("true");
    command.files = {{name, ""}};
    CAPTURE(name);
    CHECK_THROWS_WITH(jail.run(command, {}), Catch::Contains("file name"));
  }
  for (const char* path : {"relative", "/no/such/path", "/"}) {
    Command command = shell("true");
    command.visible.emplace_back(path);
    CAPTURE(path);
    CHECK_THROWS_WITH(jail.run(command, {}), Catch::Contains("visible path"));
  }
  Command command = shell("true");
  command.scratch_directory = "/";
  CHECK_THROWS_WITH(jail.run(command, {}), Catch::Contains("scratch directory"));
  Limits limits;
  limits.memory_bytes = 0;
  CHECK_THROWS_WITH(jail.run(shell("true"), limits), Catch::Contains("zero"));
}

TEST_CASE("a visible path is read-only and leads where it leads outside, through links and inside the scratch folder") {
  const TemporaryFolder folder;
  chmod(folder.path().c_str(), 0755);
  fs::create_directory(folder.path() / "real");
  std::ofstream(folder.path() / "real" / "file") << "content";
  fs::permissions(folder.path() / "real" / "file", fs::perms::all);
  fs::create_directory_symlink("real", folder.path() / "relative");
  fs::create_directory_symlink(folder.path() / "relative", folder.path() / "absolute");
  std::ofstream(folder.path() / "hidden") << "hidden";
  const std::string file = folder.path() / "absolute" / "file";
  for (const Level level : {Level::full, Level::no_proc}) {
    CAPTURE(to_string(level));
    const Jail jail(level);
    Command command = shell("cat " + file + "; echo x > " + file + "; ls " + folder.path().string() +
                            "; echo scratch > here && cat here");
    command.visible.emplace_back(file);
    const Outcome outcome = jail.run(command, {});
    CHECK(outcome.standard_output == "contentabsolute\nreal\nrelative\nscratch\n");
    CHECK(outcome.standard_error.find("Read-only") != std::string::npos);
  }
}

TEST_CASE("the scratch directory can lie inside a visible folder") {
  const TemporaryFolder folder;
  chmod(folder.path().c_str(), 0755);
  fs::create_directory(folder.path() / "work");
  const Jail jail(Level::full);
  Command command = shell("pwd; echo x > file && cat file");
  command.scratch_directory = folder.path() / "work";
  command.visible.emplace_back(folder.path());
  CHECK(jail.run(command, {}).standard_output == command.scratch_directory + "\nx\n");
  CHECK(fs::is_empty(folder.path() / "work"));
}

TEST_CASE("at level seccomp names of the scratch directory follow it") {
  const Jail jail(Level::seccomp);
  Command command = shell("cat \"$1\" && [ \"$(pwd)/x:/usr\" = \"$VALUE\" ] && echo same");
  command.arguments.insert(command.arguments.end(), {"sh", "/tmp/file"});
  command.environment.emplace_back("VALUE=/tmp/x:/usr");
  command.files = {{"file", "content\n"}};
  CHECK(jail.run(command, {}).standard_output == "content\nsame\n");
}

TEST_CASE("one run leaves nothing for the next") {
  for (const Level level : kLevels) {
    const Jail jail(level);
    CHECK(jail.run(shell("echo x > left; ls"), {}).standard_output == "left\n");
    CHECK(jail.run(shell("ls"), {}).standard_output.empty());
  }
}

TEST_CASE("threads run jails at the same time and each gets its own outcome") {
  const Jail jail(Level::full);
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string text = std::to_string(t) + "-" + std::to_string(i);
        const Outcome outcome = jail.run(shell("echo " + text + "; exit " + std::to_string(t)), {});
        wrong[t] += outcome.standard_output != text + "\n" || outcome.exit_code != static_cast<int>(t);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(std::ranges::all_of(wrong, [](int count) { return count == 0; }));
}

TEST_CASE("many runs leave no descriptor open") {
  const Jail jail(Level::full);
  const auto count = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
  const auto before = count();
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(jail.run(shell("true"), {}));
    CHECK_THROWS(jail.run(command_of({"/no/such/program"}), {}));
  }
  CHECK(count() == before);
}

TEST_CASE("CPU time and peak memory cover the whole tree") {
  const Jail jail(Level::full);
  const Outcome outcome = jail.run(python(R"py(
import os, time
for _ in range(2):
    if os.fork() == 0:
        block = bytearray(b"x" * (50 << 20))
        while time.process_time() < 0.3:
            pass
        time.sleep(0.3)
        os._exit(0)
os.wait(); os.wait()
)py"),
                                   {});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.cpu >= 550ms);
  CHECK(outcome.cpu < 3s);
  CHECK(outcome.peak_memory_bytes >= (100ULL << 20));
  CHECK(outcome.peak_memory_bytes < (300ULL << 20));
}

TEST_CASE("ordinary Python makes no refused call") {
  for (const Level level : kLevels) {
    CAPTURE(to_string(level));
    const Jail jail(level);
    const Outcome outcome = jail.run(python(R"py(
import asyncio, concurrent.futures, multiprocessing, subprocess, sys, tempfile, threading, shutil, socket, mmap, signal
def square(x): return x * x
if __name__ == "__main__":
    thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
    async def child():
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
        await process.wait()
    asyncio.run(child())
    print(subprocess.run([sys.executable, "-c", "print(2)"], capture_output=True, text=True).stdout.strip())
    with concurrent.futures.ThreadPoolExecutor(2) as pool: print(list(pool.map(square, range(3))))
    with tempfile.NamedTemporaryFile(dir=".") as file: shutil.copy2(file.name, "copy")
    mmap.mmap(-1, 1 << 20)[0] = 1
    a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1))
    signal.signal(signal.SIGALRM, lambda *_: print("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()
)py"),
                                     {});
    CHECK(outcome.standard_output == "thread\n2\n[0, 1, 4]\nb'x'\nalarm\n");
    CHECK(outcome.standard_error.empty());
    CHECK(outcome.refused_calls.empty());
  }
}

TEST_CASE("Python's multiprocessing works where it has a file system of its own") {
  const Jail jail(Level::full);
  const Outcome outcome = jail.run(python(R"py(
import multiprocessing
from multiprocessing import shared_memory
def square(x): return x * x
if __name__ == "__main__":
    with multiprocessing.Pool(3) as pool: print(pool.map(square, range(4)))
    memory = shared_memory.SharedMemory(create=True, size=1000); memory.buf[0] = 1; memory.close(); memory.unlink()
    queue = multiprocessing.Queue(); queue.put(1); print(queue.get())
    with multiprocessing.Manager() as manager: print(dict(manager.dict({1: 2})))
)py"),
                                   {});
  CHECK(outcome.standard_output == "[0, 1, 4, 9]\n1\n{1: 2}\n");
  CHECK(outcome.standard_error.empty());
  CHECK(outcome.refused_calls.empty());
}

TEST_CASE("unlisted calls fail with ENOSYS and are recorded once each, at most sixteen") {
  const Jail jail(Level::full);
  const Outcome outcome = jail.run(python(R"py(
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for number in list(range(206, 212)) + list(range(236, 244)) + [219, 207, 207] + list(range(29, 32)) + [64, 65, 66]:
    ctypes.set_errno(0)
    if libc.syscall(number, 0, 0, 0, 0) != -1 or ctypes.get_errno() != errno.ENOSYS: print(number, ctypes.get_errno())
)py"),
                                   {});
  CHECK(outcome.refused_calls.size() == 16);
  CHECK(std::ranges::count(outcome.refused_calls, "io_getevents") <= 1);
  CHECK(outcome.refused_calls[0] == "io_setup");
}

TEST_CASE("levels and causes have names that parse") {
  for (const Level level : kLevels) {
    CHECK(parse_level(to_string(level)) == level);
  }
  CHECK_FALSE(parse_level("none"));
  CHECK_FALSE(parse_level("FULL"));
  CHECK(to_string(Cause::wall_timeout) == "wall timeout");
}

TEST_CASE("every layer is reported, with a remedy where it is missing") {
  const auto layers = inspect_layers();
  CHECK(layers.size() >= 15);
  for (const LayerReport& layer : layers) {
    CAPTURE(layer.layer);
    CHECK_FALSE(layer.detail.empty());
    CHECK(layer.remedy.empty() == layer.available);
  }
}

TEST_CASE("a requested stop ends a run at once, at every level, with every process of it") {
  for (const Level level : kLevels) {
    CAPTURE(to_string(level));
    const Jail jail(level);
    std::stop_source source;
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(300ms);
      source.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    // A process that leaves the session and holds the output open as well.
    const Command command = python("import os, time\nif os.fork() == 0: os.setsid()\ntime.sleep(30)\n");
    CHECK_THROWS_AS(jail.run(command, {}, source.get_token()), Cancelled);
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    CHECK_THROWS_AS(jail.run(command, {}, source.get_token()), Cancelled);  // before the start as well
  }
}
