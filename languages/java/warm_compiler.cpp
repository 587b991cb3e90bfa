#include "languages/java/warm_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "languages/judge.h"

namespace qualm::languages::java {
namespace {

/// A file name's limit on Linux: beyond, plain javac cannot write the class.
constexpr std::size_t kNameLimit = 255;
/// javac's own output is at most some kilobytes a hundred errors; room for long source lines.
constexpr std::size_t kOutputLimit = 4 << 20;
constexpr std::uint64_t kHeapBytes = 512ULL << 20;

/// Takes a reply apart; everything in it may be wrong.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::uint64_t> number(std::size_t bytes) {
    const auto text = take(bytes);
    if (!text) return std::nullopt;
    std::uint64_t value = 0;
    for (const char byte : *text) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::optional<std::string_view> text() {
    const auto length = number(4);
    return length ? take(*length) : std::nullopt;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::optional<std::string_view> take(std::uint64_t count) {
    if (count > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
};

bool is_class_file_name(std::string_view name) {
  constexpr std::string_view suffix = ".class";
  if (!name.ends_with(suffix) || name.size() == suffix.size() || name.find('\0') != std::string_view::npos)
    return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part.starts_with('.') || part.size() > kNameLimit) return false;
    begin = end + 1;
  }
  return true;
}

std::optional<WarmCompilation> read_reply(std::string_view body, std::chrono::microseconds wall) {
  Parts parts(body);
  const auto verdict = parts.number(1);
  const auto cpu_us = parts.number(8);
  const auto output = parts.text();
  if (!verdict || *verdict > 1 || !cpu_us || !output) return std::nullopt;
  WarmCompilation compilation;
  compilation.compiled = *verdict == 0;
  compilation.output = *output;
  compilation.wall = wall;
  // Two threads work at most: javac's and the JVM's compiler.
  compilation.cpu = std::min(std::chrono::microseconds(std::min<std::uint64_t>(*cpu_us, INT64_MAX)), wall * 2);
  while (compilation.compiled && !parts.at_end()) {
    const auto name = parts.text();
    const auto bytes = parts.text();
    if (!name || !bytes || !is_class_file_name(*name)) return std::nullopt;
    compilation.classes.push_back({std::string(*name), std::string(*bytes)});
  }
  std::ranges::sort(compilation.classes, {}, &sandbox::File::name);
  const auto same = std::ranges::adjacent_find(compilation.classes, {}, &sandbox::File::name);
  if (!parts.at_end() || same != compilation.classes.end()) return std::nullopt;
  return compilation;
}

}  // namespace

WarmCompiler::WarmCompiler(const Jdk& jdk, const sandbox::Jail& jail, const sandbox::Limits& limits, OwnClasses classes)
    : jail_(jail), limits_(limits) {
  // A stack smaller than plain javac's: what overflows it there overflows it here, and is left to plain javac.
  command_ = command_for(
      jdk, {jdk.java.string(), fmt::format("-Xmx{}k", std::min(limits.memory_bytes / 2, kHeapBytes) / 1024), "-Xss384k",
            "-XX:-UsePerfData", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", kExportsOption, "-cp",
            classes.class_path, "CompileServer", std::string("/tmp/") + kSourceName, jdk.javatuples.string()});
  command_.files = std::move(classes.files);
  command_.files.push_back(exports_file());
}

std::unique_ptr<sandbox::Service> WarmCompiler::take() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return std::make_unique<sandbox::Service>(jail_, command_, limits_);
  std::unique_ptr<sandbox::Service> service = std::move(idle_.back());
  idle_.pop_back();
  return service;
}

std::optional<WarmCompilation> WarmCompiler::compile(const std::string& program, const std::stop_token& stop) {
  if (decode_ignoring_errors(program) != program) return std::nullopt;
  std::unique_ptr<sandbox::Service> service = take();
  const sandbox::Reply reply = service->ask(program, limits_.wall, limits_.collect_bytes + kOutputLimit, stop);
  std::optional<WarmCompilation> compilation;
  if (reply.state == sandbox::Reply::State::answered) compilation = read_reply(reply.body, reply.wall);
  if (compilation) {
    std::uint64_t bytes = 0;
    for (const sandbox::File& file : compilation->classes) bytes += file.contents.size();
    if (bytes > limits_.collect_bytes) return std::nullopt;
  } else {
    service->end();
  }
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(service));
  return compilation;
}

}  // namespace qualm::languages::java
