#include "sandbox/plan_wire.h"

#include <cstring>
#include <type_traits>

#include "sandbox/error.h"

namespace qualm::sandbox {
namespace {

class Writer {
 public:
  template <typename Value>
  void put(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(std::string_view text) {
    put(text.size());
    bytes_.append(text);
  }
  void put_files(std::span<const File> files) {
    put(files.size());
    for (const File& file : files) {
      put_text(file.name);
      put_text(file.contents);
    }
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename Value>
  Value get() {
    Value value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  /// A count of things that take at least one byte each.
  std::size_t get_count() {
    const auto count = get<std::size_t>();
    require(count <= rest_.size());
    return count;
  }
  std::string get_text() { return std::string(take(get_count())); }
  std::vector<File> get_files() {
    std::vector<File> files(get_count());
    for (File& file : files) {
      file.name = get_text();
      file.contents = get_text();
    }
    return files;
  }
  void expect_end() const { require(rest_.empty()); }

 private:
  static void require(bool good) {
    if (!good) {
      throw SandboxError("sandbox: a zygote was sent bytes that are no plan");
    }
  }
  std::string_view take(std::size_t size) {
    require(size <= rest_.size());
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace

std::string to_wire(const Plan& plan) {
  Writer out;
  out.put(plan.level);
  out.put(plan.limits);
  out.put_files(plan.files);
  out.put_text(plan.scratch_directory);
  out.put(plan.started_as_root);
  out.put(plan.data_limit);
  out.put(plan.process_limit);
  out.put(plan.filter.size());
  for (const sock_filter& instruction : plan.filter) {
    out.put(instruction);
  }
  out.put(plan.recording);
  out.put(plan.mount_points.size());
  for (const MountPoint& point : plan.mount_points) {
    out.put_text(point.path);
    out.put(point.is_directory);
    out.put(point.is_scratch);
  }
  out.put(plan.links.size());
  for (const VisibleLink& link : plan.links) {
    out.put_text(link.path);
    out.put_text(link.target);
  }
  out.put_text(plan.executable);
  out.put_files(plan.proc_files);
  out.put_text(plan.scratch_bytes);
  out.put_text(plan.scratch_inodes);
  return out.take();
}

ReceivedPlan from_wire(std::string_view bytes) {
  Reader in(bytes);
  ReceivedPlan received;
  const auto level = in.get<Level>();
  const auto limits = in.get<Limits>();
  received.command.files = in.get_files();
  received.command.scratch_directory = in.get_text();
  received.plan =
      std::make_unique<Plan>(received.command, limits, level, std::vector<std::string>{}, std::vector<std::string>{});
  Plan& plan = *received.plan;
  plan.started_as_root = in.get<bool>();
  plan.data_limit = in.get<bool>();
  plan.process_limit = in.get<std::uint64_t>();
  received.filter.resize(in.get_count());
  for (sock_filter& instruction : received.filter) {
    instruction = in.get<sock_filter>();
  }
  plan.recording = in.get<bool>();
  plan.mount_points.resize(in.get_count());
  for (MountPoint& point : plan.mount_points) {
    point.path = in.get_text();
    point.is_directory = in.get<bool>();
    point.is_scratch = in.get<bool>();
  }
  plan.links.resize(in.get_count());
  for (VisibleLink& link : plan.links) {
    link.path = in.get_text();
    link.target = in.get_text();
  }
  plan.executable = in.get_text();
  received.proc_files = in.get_files();
  plan.scratch_bytes = in.get_text();
  plan.scratch_inodes = in.get_text();
  in.expect_end();
  // The received plan is moved as a whole; its vectors' storage stays where it is, and so do what these refer to.
  plan.files = received.command.files;
  plan.filter = received.filter;
  plan.proc_files = received.proc_files;
  return received;
}

}  // namespace qualm::sandbox
