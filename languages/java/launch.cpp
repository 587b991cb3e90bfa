#include "languages/java/launch.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "languages/java/mark.h"
#include "sandbox/descriptor.h"
#include "sandbox/error.h"

extern "C" {
// From embedded_sources.S.
extern const char qualm_java_launcher[];
extern const char qualm_java_launcher_end[];
}

namespace qualm::languages::java {
namespace {

namespace fs = std::filesystem;
using sandbox::SandboxError;

constexpr const char* folder_prefix = "qualm-java-";
constexpr const char* launcher_name = "launcher";
constexpr const char* archive_name = "classes.jsa";
constexpr std::uint64_t archive_limit_bytes = 64ULL << 20;
constexpr std::uint64_t first_heap_bytes = 8ULL << 20;

[[noreturn]] void throw_errno(const std::string& what) {
  throw SandboxError(fmt::format("{} failed: {}", what, std::strerror(errno)));
}

void write_file(const fs::path& path, std::string_view contents, mode_t mode) {
  std::ofstream out(path, std::ios::binary);
  out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  out.close();
  if (!out || chmod(path.c_str(), mode) != 0) throw_errno("writing " + path.string());
}

/// The page that the launcher gives a secret back in.
class Mark {
 public:
  Mark() : page_(memfd_create("mark", MFD_CLOEXEC)) {
    if (!page_ || ftruncate(page_.get(), QUALM_MARK_PAGE_BYTES) != 0) throw_errno("memfd_create");
    if (getrandom(secret_.data(), secret_.size(), 0) != static_cast<ssize_t>(secret_.size())) throw_errno("getrandom");
    if (pwrite(page_.get(), secret_.data(), secret_.size(), 0) != static_cast<ssize_t>(secret_.size()))
      throw_errno("pwrite");
  }
  [[nodiscard]] int descriptor() const { return page_.get(); }
  [[nodiscard]] bool given_back() const {
    std::array<unsigned char, QUALM_MARK_BYTES> found{};
    return pread(page_.get(), found.data(), found.size(), QUALM_MARK_BYTES) == static_cast<ssize_t>(found.size()) &&
           found == secret_;
  }

 private:
  sandbox::Descriptor page_;
  std::array<unsigned char, QUALM_MARK_BYTES> secret_{};
};

}  // namespace

Launch::Launch(const Jdk& jdk, const sandbox::Jail& jail, const sandbox::Limits& limits)
    : jdk_(jdk), jail_(jail), limits_(limits), folder_(folder_prefix) {
  sandbox::TemporaryFolder::remove_abandoned(folder_prefix);
  if (chmod(folder_.path().c_str(), 0755) != 0) throw_errno("chmod " + folder_.path().string());
  write_file(folder_.path() / launcher_name, {qualm_java_launcher, qualm_java_launcher_end}, 0755);
}

Launch::~Launch() {
  archive_maker_.request_stop();
  if (archive_maker_.joinable()) archive_maker_.join();
}

void Launch::begin_archive(OwnClasses typical_program) {
  archive_maker_ = std::jthread([this, classes = std::move(typical_program)](const std::stop_token& stop) mutable {
    // Without an archive programs start from the JDK's own: slower, and the same in all else. The user is told.
    try {
      make_archive(std::move(classes), stop);
    } catch (const sandbox::Cancelled&) {
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      why_no_archive_ = error.what();
    }
  });
}

std::string Launch::why_no_archive() const {
  const std::scoped_lock lock(mutex_);
  return why_no_archive_;
}

void Launch::make_archive(OwnClasses typical_program, const std::stop_token& stop) {
  const auto run_for_file = [&](sandbox::Command command, const sandbox::Limits& limits) {
    sandbox::Outcome outcome = jail_.run(command, limits, stop);
    if (outcome.exit_code != 0 || outcome.files.size() != 1) {
      std::string said = (outcome.standard_error + outcome.standard_output).substr(0, 200);
      std::replace(said.begin(), said.end(), '\n', ' ');
      throw SandboxError(fmt::format("{} made no {} file (exit code {}): {}", fmt::join(command.arguments, " "),
                                     command.collect_suffix, outcome.exit_code, said));
    }
    return std::move(outcome.files);
  };
  sandbox::Command list =
      command_for(jdk_, {jdk_.java.string(), "-Xshare:off", "-XX:DumpLoadedClassList=/tmp/classes.list",
                         "-XX:TieredStopAtLevel=1", "-ea", "-cp", typical_program.class_path, "TypicalProgram"});
  list.files = std::move(typical_program.files);
  list.collect_suffix = ".list";
  std::vector<sandbox::File> names = run_for_file(std::move(list), limits_);
  // A class path in the archive would have to be a prefix of the programs' own; one of nothing fits them all.
  sandbox::Command dump = command_for(
      jdk_, {jdk_.java.string(), heap_option(limits_), "-Xshare:dump", "-XX:SharedClassListFile=/tmp/classes.list",
             std::string("-XX:SharedArchiveFile=/tmp/") + archive_name, "-cp", "/nothing"});
  dump.files = std::move(names);
  dump.collect_suffix = ".jsa";
  sandbox::Limits limits = limits_;
  limits.collect_bytes = archive_limit_bytes;
  write_file(folder_.path() / archive_name, run_for_file(std::move(dump), limits)[0].contents, 0644);
  archive_ready_ = true;
}

LaunchedRun Launch::run(std::vector<sandbox::File> classes, JvmOptions options, const std::stop_token& stop) const {
  const Mark mark;
  sandbox::Command command = command_for(
      jdk_, {(folder_.path() / launcher_name).string(), (jdk_.home / "lib/server/libjvm.so").string(),
             heap_option(limits_), "-XX:-UsePerfData", "-ea", "-Djava.class.path=/tmp:" + jdk_.javatuples.string(),
             "-Dsun.java.command=Problem", "-Dsun.java.launcher=SUN_STANDARD"});
  command.visible.push_back(folder_.path() / launcher_name);
  if (options == JvmOptions::quick) {
    command.arguments.emplace_back("-XX:TieredStopAtLevel=1");
    // The first heap is made and its tables are touched at the start: a 64th of the machine's memory by default.
    command.arguments.push_back(fmt::format("-Xms{}k", std::min(first_heap_bytes, limits_.memory_bytes / 2) / 1024));
    if (archive_ready_) {
      command.visible.push_back(folder_.path() / archive_name);
      command.arguments.insert(command.arguments.end(),
                               {"-Xlog:cds=off", "-XX:SharedArchiveFile=" + (folder_.path() / archive_name).string()});
    }
  }
  command.files = startable(std::move(classes));
  command.standard_input = mark.descriptor();
  LaunchedRun run{jail_.run(command, limits_, stop), false};
  run.ran_to_its_end = mark.given_back();
  return run;
}

}  // namespace qualm::languages::java
