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
#include "languages/java/warm_compiler.h"
#include "sandbox/descriptor.h"
#include "sandbox/error.h"

extern "C" {
// From embedded_sources.S.
extern const char qualm_java_typical_program[];
extern const char qualm_java_typical_program_end[];
extern const char qualm_java_launcher[];
extern const char qualm_java_launcher_end[];
}

namespace qualm::languages::java {
namespace {

namespace fs = std::filesystem;
using sandbox::SandboxError;

constexpr const char* launcher_name = "launcher";
constexpr const char* archive_name = "classes.jsa";
constexpr std::uint64_t archive_limit_bytes = 64ULL << 20;

[[noreturn]] void throw_errno(const std::string& what) {
  throw SandboxError(fmt::format("{} failed: {}", what, std::strerror(errno)));
}

void write_file(const fs::path& path, std::string_view contents, mode_t mode) {
  std::ofstream out(path, std::ios::binary);
  out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  out.close();
  if (!out || chmod(path.c_str(), mode) != 0) throw_errno("writing " + path.string());
}

fs::path make_folder() {
  std::string pattern = (fs::temp_directory_path() / "qualm-java-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw_errno("mkdtemp " + pattern);
  if (chmod(pattern.c_str(), 0755) != 0) throw_errno("chmod " + pattern);
  return pattern;
}

/// The page that the launcher gives a secret back in.
class Mark {
 public:
  Mark() : page_(memfd_create("mark", MFD_CLOEXEC)) {
    if (!page_ || ftruncate(page_.get(), QUALM_MARK_PAGE_BYTES) != 0) throw_errno("memfd_create");
    if (getrandom(secret_.data(), secret_.size(), 0) != static_cast<ssize_t>(secret_.size())) throw_errno("getrandom");
    if (pwrite(page_.get(), secret_.data(), secret_.size(), 0) != static_cast<ssize_t>(secret_.size())) throw_errno("pwrite");
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
    : jdk_(jdk), jail_(jail), limits_(limits), folder_(make_folder()) {
  write_file(folder_ / launcher_name, {qualm_java_launcher, qualm_java_launcher_end}, 0755);
  archive_maker_ = std::jthread([this](const std::stop_token& stop) {
    try {
      make_archive(stop);
    } catch (const std::exception&) {
      // Without an archive programs start from the JDK's own: slower, and the same in all else.
    }
  });
}

Launch::~Launch() {
  archive_maker_.request_stop();
  if (archive_maker_.joinable()) archive_maker_.join();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Launch::make_archive(const std::stop_token& stop) {
  std::vector<sandbox::File> classes = compile_ours(
      jdk_, jail_, {"TypicalProgram.java", std::string(qualm_java_typical_program, qualm_java_typical_program_end)}, limits_, stop);
  sandbox::Command list = command_for(jdk_, {jdk_.java.string(), "-Xshare:off", "-XX:DumpLoadedClassList=/tmp/classes.list",
                                             "-ea", "-cp", "/tmp", "TypicalProgram"});
  list.files = std::move(classes);
  list.collect_suffix = ".list";
  sandbox::Outcome listed = jail_.run(list, limits_, stop);
  if (listed.exit_code != 0 || listed.files.size() != 1) return;
  // A class path in the archive would have to be a prefix of the programs' own; one of nothing fits them all.
  sandbox::Command dump = command_for(jdk_, {jdk_.java.string(), heap_option(limits_), "-Xshare:dump",
                                             "-XX:SharedClassListFile=/tmp/classes.list",
                                             std::string("-XX:SharedArchiveFile=/tmp/") + archive_name, "-cp", "/nothing"});
  dump.files = std::move(listed.files);
  dump.collect_suffix = ".jsa";
  sandbox::Limits limits = limits_;
  limits.collect_bytes = archive_limit_bytes;
  const sandbox::Outcome dumped = jail_.run(dump, limits, stop);
  if (dumped.exit_code != 0 || dumped.files.size() != 1) return;
  write_file(folder_ / archive_name, dumped.files[0].contents, 0644);
  archive_ready_ = true;
}

LaunchedRun Launch::run(std::vector<sandbox::File> classes, JvmOptions options, const std::stop_token& stop) const {
  const Mark mark;
  sandbox::Command command = command_for(
      jdk_, {(folder_ / launcher_name).string(), (jdk_.home / "lib/server/libjvm.so").string(), heap_option(limits_),
             "-XX:-UsePerfData", "-ea", "-Djava.class.path=/tmp:" + jdk_.javatuples.string(), "-Dsun.java.command=Problem",
             "-Dsun.java.launcher=SUN_STANDARD"});
  command.visible.push_back(folder_ / launcher_name);
  if (options == JvmOptions::quick) {
    command.arguments.emplace_back("-XX:TieredStopAtLevel=1");
    if (archive_ready_) {
      command.visible.push_back(folder_ / archive_name);
      command.arguments.insert(command.arguments.end(),
                               {"-Xlog:cds=off", "-XX:SharedArchiveFile=" + (folder_ / archive_name).string()});
    }
  }
  command.files = startable(std::move(classes));
  command.standard_input = mark.descriptor();
  LaunchedRun run{jail_.run(command, limits_, stop), false};
  run.ran_to_its_end = mark.given_back();
  return run;
}

}  // namespace qualm::languages::java
