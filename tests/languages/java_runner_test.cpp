#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <thread>

#include "languages/java/own_classes.h"
#include "languages/java/toolchain.h"
#include "languages/java/warm_compiler.h"
#include "languages/language.h"

namespace fs = std::filesystem;
namespace languages = qualm::languages;
namespace sandbox = qualm::sandbox;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

std::string source_of(const std::string& body) {
  return "import java.util.*;\nclass Problem {\n    public static void main(String[] args) {\n" + body + "\n    }\n}\n";
}

std::unique_ptr<languages::Runner> runner_of(languages::RunnerKind kind) {
  languages::Settings settings;
  settings.runner = kind;
  return languages::find("java")->prepare(settings);
}

pid_t parent_of(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::istringstream after_name(text.substr(std::min(text.rfind(')') + 1, text.size())));
  char state = 0;
  pid_t parent = 0;
  after_name >> state >> parent;
  return parent;
}

bool is_ours(pid_t process) {
  while (process > 1 && process != getpid()) {
    process = parent_of(process);
  }
  return process == getpid();
}

/// Processes below this one that are a compile server.
std::vector<pid_t> compile_servers() {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    std::ifstream in(entry.path() / "cmdline");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.find("\0CompileServer\0"sv) != std::string::npos && is_ours(std::stoi(name))) {
      found.push_back(std::stoi(name));
    }
  }
  return found;
}

std::uint64_t resident_bytes(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct Compiler {
  Compiler() { limits.address_space_limit_allowed = false; }
  languages::java::Jdk jdk = languages::java::inspect_jdk({});
  sandbox::Jail jail{sandbox::Level::full};
  sandbox::Limits limits;
};

}  // namespace

TEST_CASE("both Java runners give the same results") {
  const auto fast = runner_of(languages::RunnerKind::fast);
  const auto plain = runner_of(languages::RunnerKind::plain);
  const std::string programs[] = {
      source_of("System.out.println(\"seen\"); assert 1 + 1 == 2;"),
      source_of("assert 1 + 1 == 3;"),
      source_of("assert 1 + 1 == 3 : \"a message\";"),
      source_of("throw new IllegalStateException(\"why\", new RuntimeException(\"cause\"));"),
      source_of("System.exit(7);"),
      source_of("int x = \"text\"; List raw = new ArrayList(); raw.add(1); undefined();"),
      source_of("Object o = null; o.toString();"),
      source_of("System.err.print(Thread.currentThread().getName() + System.getProperty(\"java.class.path\"));"),
      "public class Problem { public static void main(String[] args) { } }",
      "class Other { public static void main(String[] args) { } }",
      "class Problem { }",
      "class Problem { static int x = 1 / 0; public static void main(String[] args) { } }",
      "class Problem { private static void main(String[] args) { } }",
      "package inside; class Problem { public static void main(String[] args) { } }",
      "class Problem { public static void main(String[] args) { \xff }",
      "",
  };
  for (const std::string& text : programs) {
    CAPTURE(text);
    const auto one = fast->run({text, 0, 0}).result;
    const auto other = plain->run({text, 0, 0}).result;
    CHECK(one.status == other.status);
    CHECK(one.exit_code == other.exit_code);
    CHECK(one.standard_output == other.standard_output);
    CHECK(one.standard_error == other.standard_error);
  }
}

TEST_CASE("one program does not change what the warm compiler says of the next") {
  const auto runner = runner_of(languages::RunnerKind::fast);
  const auto status = [&](const std::string& text) { return runner->run({text, 0, 0}).result.status; };
  const std::string uses_helper = source_of("assert Helper.two() == 2;");
  const std::string imports_package = "import inside.*;\n" + source_of("assert true;");
  CHECK(status(source_of("assert true;") + "class Helper { static int two() { return 2; } }") == "OK");
  CHECK(status(uses_helper) == "SyntaxError");
  CHECK(status("package inside; class Problem { }") == "Exception");
  CHECK(status(imports_package) == "SyntaxError");
  CHECK(status("package java.lang; class String { }") == "SyntaxError");
  CHECK(status(source_of("assert true;") + "class String { } class Object { } class List { }") == "Exception");
  CHECK(status(source_of("List<String> one = new ArrayList<>(); assert one.isEmpty();")) == "OK");
}

TEST_CASE("what one program says of a class does not stick to the next one's class of that name") {
  const auto runner = runner_of(languages::RunnerKind::fast);
  const auto status = [&](const std::string& text) { return runner->run({text, 0, 0}).result.status; };
  const auto with = [](const std::string& body, const std::string& members) {
    return "class Problem {\n    " + members + "\n    public static void main(String[] args) {\n" + body +
           "\n    }\n}\n";
  };
  const std::string open =
      with("Node node = new Leaf(); assert node != null; assert Node.class.getPermittedSubclasses() == null;",
           "interface Node { } static class Leaf implements Node { }");
  // Nested, so that the compiler moves them out of the tree of the class that is around them.
  for (const std::string& sealed :
       {with("assert true;", "sealed interface Node permits Only { } record Only() implements Node { }"),
        with("int wrong = \"text\";", "sealed interface Node permits Only { } record Only() implements Node { }"),
        with("Node node = null;", "record Node(int a, int b) { } static class Leaf { }"),
        with("Node.X.name();", "enum Node { X { int f() { return 1; } }; int f() { return 0; } }")}) {
    static_cast<void>(status(sealed));
    CHECK(status(open) == "OK");
  }
}

TEST_CASE("a killed compile server loses nothing and changes no verdict") {
  const auto runner = runner_of(languages::RunnerKind::fast);
  std::atomic<bool> done = false;
  std::jthread killer([&] {
    for (int round = 0; !done; ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100 + round * 173 % 900));
      for (const pid_t process : compile_servers()) {
        kill(process, SIGKILL);
      }
    }
  });
  for (int i = 0; i < 6; ++i) {
    CHECK(runner->run({source_of("assert " + std::to_string(i) + " < 6;"), 0, 0}).result.status == "OK");
    CHECK(runner->run({source_of("asert " + std::to_string(i) + ";"), 0, 0}).result.status == "SyntaxError");
  }
  done = true;
}

TEST_CASE("a JDK other than the one that Qualm was built with compiles the compile server itself") {
  Compiler made;
  const auto built = languages::java::own_classes(made.jdk, made.jail, made.limits);
  made.jdk.version = "another";
  const auto compiled = languages::java::own_classes(made.jdk, made.jail, made.limits);
  const auto holds_server = [](const languages::java::OwnClasses& classes) {
    return std::ranges::any_of(classes.files,
                               [](const sandbox::File& file) { return file.name == "CompileServer.class"; });
  };
  CHECK_FALSE(holds_server(built));
  CHECK(holds_server(compiled));
  for (const auto& classes : {built, compiled}) {
    languages::java::WarmCompiler compiler(made.jdk, made.jail, made.limits, classes);
    const auto compilation = compiler.compile(source_of("assert true;"), {});
    REQUIRE(compilation);
    CHECK(compilation->compiled);
    REQUIRE(compilation->classes.size() == 1);
    CHECK(compilation->classes[0].name == "Problem.class");
  }
}

TEST_CASE("a program of one class is forgotten, whether it compiled or not") {
  const auto runner = runner_of(languages::RunnerKind::fast);
  const auto status = [&](const std::string& text) { return runner->run({text, 0, 0}).result.status; };
  const std::string uses_helper = source_of("assert Helper.two() == 2;");
  const std::string uses_jdk = source_of(
      "List<String> one = new ArrayList<>(); Object two = Integer.valueOf(1); assert one.size() == 0 && two != null;");
  for (const std::string alone : {
           "class Helper { static int two() { return 2; } }",
           "class Helper { static int two() { return \"2\"; } }",
           "class Helper { static int two() { return 2; } ",
           "final class Helper<T extends Undefined> extends Missing { static int two() { return 2; } }",
           "interface List<T> { }",
           "interface List<T> { int size() { } }",
           "class String { }",
           "class String { String(int wrong) { undefined(); } }",
           "enum Integer { ONE }",
           "@interface Object { int value() default \"text\"; }",
           "record ArrayList(int a) { ArrayList { a = \"text\"; } }",
           "sealed class Problem permits Nothing { }",
           "abstract class Problem { abstract void main(String[] args) { } }",
       }) {
    CAPTURE(alone);
    static_cast<void>(status(alone));
    CHECK(status(uses_helper) == "SyntaxError");
    CHECK(status(uses_jdk) == "OK");
  }
}

// QUALM_SOAK_COMPILES=10000 is `make test-soak`'s; a few hundred show a descriptor or a process a task.
TEST_CASE("a warm compiler does not grow with the programs it has seen") {
  const char* wanted = std::getenv("QUALM_SOAK_COMPILES");
  const int count = wanted == nullptr ? 300 : std::atoi(wanted);
  const Compiler made;
  languages::java::WarmCompiler compiler(made.jdk, made.jail, made.limits,
                                         languages::java::own_classes(made.jdk, made.jail, made.limits));
  const auto compile = [&](int i) {
    const bool wrong = i % 5 == 4;
    const std::string text = source_of("int value" + std::to_string(i) + " = " + (wrong ? "\"text\"" : "1") + ";") +
                             "class Helper" + std::to_string(i) + " { }";
    const auto compilation = compiler.compile(text, {});
    REQUIRE(compilation);
    REQUIRE(compilation->compiled == !wrong);
  };
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  for (int i = 0; i < count / 3; ++i) {
    compile(i);
  }
  const auto before = compile_servers();
  const auto descriptors_before = descriptors();
  REQUIRE(before.size() == 1);
  const std::uint64_t resident_before = resident_bytes(before[0]);
  for (int i = count / 3; i < count; ++i) {
    compile(i);
  }
  CHECK(compile_servers() == before);
  CHECK(descriptors() == descriptors_before);
  const std::uint64_t resident_after = resident_bytes(before[0]);
  WARN(count << " compiles: " << (resident_before >> 20) << " MiB after a third, " << (resident_after >> 20)
             << " MiB at the end");
  // Its heap is limited to 512 MiB and collected before it grows: the room for garbage is what may be used up.
  CHECK(resident_after < (700ULL << 20));
}
