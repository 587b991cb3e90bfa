// The native half of a Python zygote: a module for any CPython from 3.8 on (limited API), loaded by the loader in
// python_zygote.cpp. It serves requests and, in each clone, runs one program as `python3 FILE` does.
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03080000
#include <Python.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "languages/python/zygote_task.h"
#include "sandbox/zygote.h"
#include "sandbox/zygote_process.h"

namespace {

namespace python = qualm::languages::python;
namespace sandbox = qualm::sandbox;

/// The name that the program's file has in its folder; MultiPL-E's have this shape, so that tracebacks read alike.
constexpr const char* kProgramName = "tmpprogram_.py";

/// What the language's Python half gives to serve(), which keeps it for good.
struct Prepared {
  PyObject* prepare = nullptr;
  PyObject* take_over_thread = nullptr;
  PyObject* become_clone = nullptr;
  PyObject* rewritten = nullptr;
  PyObject* run_exit_functions = nullptr;
  PyObject* baseline = nullptr;
};

struct Task {
  std::string folder;
  char kind = python::kRunProgram;
  python::Mark mark{};
  Py_ssize_t bytes_before_tests = 0;
};

[[noreturn]] void give_up(const char* what) {
  if (PyErr_Occurred() != nullptr) {
    PyErr_Print();
  }
  std::fprintf(stderr, "qualm: zygote: %s\n", what);
  std::fflush(stderr);
  _exit(125);
}

/// FOLDER \n KIND MARK SPACE OFFSET.
Task parse_task(const std::string& text) {
  Task task;
  const std::size_t line = text.find('\n');
  if (line == std::string::npos || text.size() < line + 3 + 2 * task.mark.size()) {
    give_up("a task that cannot be read");
  }
  task.folder = text.substr(0, line);
  task.kind = text[line + 1];
  for (std::size_t i = 0; i < task.mark.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      const char c = text[at];
      return c <= '9' ? c - '0' : c - 'a' + 10;
    };
    task.mark[i] = static_cast<unsigned char>(16 * digit(line + 2 + 2 * i) + digit(line + 3 + 2 * i));
  }
  for (std::size_t at = line + 3 + 2 * task.mark.size(); at < text.size(); ++at) {
    task.bytes_before_tests = 10 * task.bytes_before_tests + (text[at] - '0');
  }
  return task;
}

/// A function of the interpreter that the limited API of 3.8 leaves out, under its public or older name.
template <typename Function>
Function find(const char* name, const char* older_name = nullptr) {
  void* found = dlsym(RTLD_DEFAULT, name);
  if (found == nullptr && older_name != nullptr) {
    found = dlsym(RTLD_DEFAULT, older_name);
  }
  if (found == nullptr) {
    give_up(name);
  }
  return reinterpret_cast<Function>(found);
}

/// Leaves the loader's frames for good: a program's are the first on an empty stack, at recursion depth 0.
/// From 3.13 on the interpreter's main thread state cannot be replaced: the loader's one frame stays below the
/// programs'. Twice, because only a thread state that is made when the thread has none becomes the thread's own
/// (PyGILState).
void leave_frames() {
  int major = 0;
  int minor = 0;
  if (std::sscanf(Py_GetVersion(), "%d.%d", &major, &minor) != 2) {
    give_up("an interpreter without a version");
  }
  if (major > 3 || minor >= 13) {
    return;
  }
  auto* interpreter = find<PyInterpreterState* (*)()>("PyInterpreterState_Get", "_PyInterpreterState_Get")();
  for (int i = 0; i < 2; ++i) {
    PyThreadState* fresh = PyThreadState_New(interpreter);
    PyThreadState* old = PyThreadState_Swap(fresh);
    PyThreadState_Clear(old);
    PyThreadState_Delete(old);
  }
}

std::string read_file(const std::string& path) {
  std::string text;
  struct stat facts {};
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &facts) != 0) {
    give_up("the program's file cannot be opened");
  }
  text.resize(static_cast<std::size_t>(facts.st_size));
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = read(file, text.data() + filled, text.size() - filled);
    if (got <= 0) {
      give_up("the program's file cannot be read");
    }
    filled += static_cast<std::size_t>(got);
  }
  close(file);
  return text;
}

/// The exit status that SystemExit asks for, as the interpreter reads it; what is no number goes to standard error.
int status_of_exit(PyObject* exit) {
  PyObject* code = PyObject_GetAttrString(exit, "code");
  int status = 1;
  if (code == nullptr) {
    PyErr_Clear();
  } else if (code == Py_None) {
    status = 0;
  } else if (PyLong_Check(code)) {
    status = static_cast<int>(PyLong_AsLong(code));
    PyErr_Clear();
  } else {
    PyObject* standard_error = PySys_GetObject("stderr");
    if (standard_error != nullptr && standard_error != Py_None) {
      PyFile_WriteObject(code, standard_error, Py_PRINT_RAW);
    }
    PyErr_Clear();
    PySys_WriteStderr("\n");
  }
  Py_XDECREF(code);
  return status;
}

/// The file of the code of a traceback's entry.
std::string file_of(PyObject* entry) {
  std::string name;
  PyObject* frame = PyObject_GetAttrString(entry, "tb_frame");
  PyObject* code = frame == nullptr ? nullptr : PyObject_GetAttrString(frame, "f_code");
  PyObject* file = code == nullptr ? nullptr : PyObject_GetAttrString(code, "co_filename");
  PyObject* bytes = file == nullptr ? nullptr : PyUnicode_EncodeFSDefault(file);
  if (bytes != nullptr) {
    name = PyBytes_AsString(bytes);
  }
  for (PyObject* object : {frame, code, file, bytes}) {
    Py_XDECREF(object);
  }
  PyErr_Clear();
  return name;
}

/// Whether SystemExit came from unittest.main, which ends a program so after its tests: the module's own frame, then
/// unittest's alone.
bool raised_by_unittest(PyObject* traceback, const std::string& program) {
  constexpr std::string_view kTail = "/unittest/main.py";
  int entries = 0;
  bool only_unittest = traceback != nullptr;
  PyObject* entry = traceback;
  Py_XINCREF(entry);
  while (entry != nullptr && entry != Py_None && only_unittest) {
    const std::string file = file_of(entry);
    only_unittest =
        entries == 0 ? file == program
                     : file.size() > kTail.size() && file.compare(file.size() - kTail.size(), kTail.size(), kTail) == 0;
    ++entries;
    PyObject* next = PyObject_GetAttrString(entry, "tb_next");
    Py_DECREF(entry);
    entry = next;
  }
  Py_XDECREF(entry);
  PyErr_Clear();
  return only_unittest && entries >= 2;
}

/// Whether ending the interpreter could run code that the text writes, or write what it left unwritten: finalizers, and
/// suspended functions that handle their end. Names count whole.
bool text_needs_finalization(const std::string& program) {
  constexpr std::array<std::string_view, 6> kNames = {"gc", "exec", "eval", "weakref", "__del__", "async"};
  constexpr std::array<std::string_view, 4> kEndings = {"open", "FileIO", "Wrapper", "Writer"};
  const auto is_of_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  bool suspends = false;
  bool handles_its_end = false;
  for (std::size_t begin = 0; begin < program.size();) {
    std::size_t end = begin;
    while (end < program.size() && is_of_name(program[end])) {
      ++end;
    }
    const std::string_view name = std::string_view(program).substr(begin, end - begin);
    if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) {
      return true;
    }
    for (const std::string_view ending : kEndings) {
      if (name.size() >= ending.size() && name.substr(name.size() - ending.size()) == ending) {
        return true;
      }
    }
    suspends = suspends || name == "yield";
    handles_its_end = handles_its_end || name == "try" || name == "with";
    begin = end + 1;
  }
  return suspends && handles_its_end;
}

/// Whether ending the interpreter could be seen: by the program's text, or by what a module that it imported keeps
/// alive. The modules of the zygote have nothing that matters. Takes no reference: each would copy a page of the
/// zygote's.
bool needs_finalization(bool by_its_text, PyObject* baseline) {
  if (by_its_text) {
    return true;
  }
  PyObject* modules = PySys_GetObject("modules");
  if (modules == nullptr || PyDict_Check(modules) == 0) {
    return true;
  }
  Py_ssize_t position = 0;
  PyObject* name = nullptr;
  while (PyDict_Next(modules, &position, &name, nullptr) != 0) {
    if (PyUnicode_CheckExact(name) == 0 || PySet_Contains(baseline, name) != 1) {
      PyErr_Clear();
      return true;
    }
  }
  return false;
}

bool flush(const char* stream) {
  PyObject* file = PySys_GetObject(stream);
  if (file == nullptr || file == Py_None) {
    return true;
  }
  PyObject* done = PyObject_CallMethod(file, "flush", nullptr);
  Py_XDECREF(done);
  if (done == nullptr) {
    PyErr_Clear();
  }
  return done != nullptr;
}

/// The end of the interpreter: exit functions, streams, and all the rest where it could be seen. Tearing down a clone's
/// modules writes to every page that it shares with the zygote, which takes longer than most programs.
[[noreturn]] void end_interpreter(int status, bool interrupted, bool by_its_text, const Prepared& prepared) {
  bool finalize = needs_finalization(by_its_text, prepared.baseline);
  if (!finalize) {
    // Where a module of the site has imported threading, every zygote has it.
    PyObject* modules = PySys_GetObject("modules");
    PyObject* threading = modules == nullptr ? nullptr : PyDict_GetItemString(modules, "threading");
    if (threading != nullptr) {
      Py_XDECREF(PyObject_CallMethod(threading, "_shutdown", nullptr));
      PyErr_Clear();
    }
    PyObject* done = PyObject_CallObject(prepared.run_exit_functions, nullptr);
    Py_XDECREF(done);
    PyErr_Clear();
    const bool flushed = flush("stdout");
    finalize = !flush("stderr") || !flushed || needs_finalization(by_its_text, prepared.baseline);
  }
  if (finalize && Py_FinalizeEx() < 0) {
    status = 120;
  }
  if (interrupted) {
    std::signal(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
  }
  std::fflush(nullptr);
  if (finalize) {
    std::exit(status);
  }
  _exit(status);
}

/// The interpreter's own function that reads and runs a file; not in the limited API.
using RunFile = PyObject* (*)(FILE*, const char*, int, PyObject*, PyObject*, int, void*);

/// Null with an error set where the program raised one.
PyObject* run_file(RunFile run, const std::string& path, PyObject* names) {
  FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    give_up("the program's file cannot be opened");
  }
  constexpr int kFileInput = 257;  // Py_file_input
  return run(file, path.c_str(), kFileInput, names, names, 1, nullptr);
}

PyObject* run_rewritten(const std::string& path, PyObject* names, const Task& task, const Prepared& prepared) {
  PyObject* code = PyObject_CallFunction(prepared.rewritten, "sni", path.c_str(), task.bytes_before_tests,
                                         static_cast<int>(task.kind == python::kRunRewrittenInText));
  if (code == Py_None) {
    // Nothing to replace: not a pass.
    _exit(1);
  }
  return code == nullptr ? nullptr : PyEval_EvalCode(code, names, names);
}

/// Takes the free pieces between what the zygote has allocated, so that a clone allocates from fresh memory, one page
/// after another, instead of writing to a page of the zygote's for each piece.
void fill_holes() {
  constexpr std::size_t kLargest = 64 << 10;
  const char* after_all = static_cast<char*>(std::malloc(kLargest));
  for (std::size_t size = kLargest; size >= 24; size -= size > 1024 ? size / 4 : 16) {
    while (true) {
      char* piece = static_cast<char*>(std::malloc(size));
      if (piece == nullptr || piece > after_all) {
        std::free(piece);
        break;
      }
    }
  }
}

/// Puts the zygote's memory into huge pages where it can: clones then copy one entry of the page table for 512 pages.
/// Best effort; only the speed depends on it.
void use_huge_pages() {
  constexpr std::uintptr_t kHugePage = 2 << 20;
  constexpr int kCollapse = 25;  // MADV_COLLAPSE, Linux 6.1
  FILE* maps = std::fopen("/proc/self/maps", "r");
  std::array<char, 512> line{};
  std::array<std::pair<std::uintptr_t, std::uintptr_t>, 64> ranges{};
  std::size_t count = 0;
  while (maps != nullptr && count < ranges.size() && std::fgets(line.data(), line.size(), maps) != nullptr) {
    std::array<char, 5> rights{};
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.data(), "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, rights.data()) == 3 &&
        std::strcmp(rights.data(), "rw-p") == 0) {
      begin = (begin + kHugePage - 1) / kHugePage * kHugePage;
      end = end / kHugePage * kHugePage;
      if (begin < end) {
        ranges[count++] = {begin, end};
      }
    }
  }
  if (maps != nullptr) {
    std::fclose(maps);
  }
  for (std::size_t i = 0; i < count; ++i) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the file gives numbers.
    madvise(reinterpret_cast<void*>(ranges[i].first), ranges[i].second - ranges[i].first, kCollapse);
  }
}

/// What is made once, in the zygote, for all its clones.
struct Interpreter {
  Prepared prepared;
  RunFile run_file = nullptr;
  std::string folder = "/tmp";  ///< the state of __main__ and sys is for a program in it
  PyObject* names = nullptr;    ///< of that __main__
  void* memory = nullptr;
};

PyObject* prepare(const Prepared& prepared, const std::string& folder) {
  PyObject* names =
      PyObject_CallFunction(prepared.prepare, "ss", (folder + "/" + kProgramName).c_str(), folder.c_str());
  if (names == nullptr) {
    give_up("the state of a fresh interpreter cannot be made");
  }
  return names;
}

[[noreturn]] void run_program(const Task& task, Interpreter& interpreter) {
  const Prepared& prepared = interpreter.prepared;
  const std::string path = task.folder + "/" + kProgramName;
  const std::string program = read_file(path);
  const bool by_its_text = text_needs_finalization(program);
  const bool random = program.find("random") != std::string::npos;
  const bool thread = program.find("thread") != std::string::npos;
  if (random || thread) {
    Py_XDECREF(PyObject_CallFunction(prepared.become_clone, "ii", static_cast<int>(random), static_cast<int>(thread)));
    PyErr_Clear();
  }
  PyObject* names = task.folder == interpreter.folder ? interpreter.names : prepare(prepared, task.folder);
  const pid_t self = getpid();
  PyObject* result = task.kind == python::kRunProgram ? run_file(interpreter.run_file, path, names)
                                                      : run_rewritten(path, names, task, prepared);
  bool ran_to_its_end = result != nullptr;
  int status = 0;
  bool interrupted = false;
  if (result == nullptr && PyErr_ExceptionMatches(PyExc_SystemExit) != 0) {
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    ran_to_its_end = raised_by_unittest(traceback, path);
    status = status_of_exit(value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
  } else if (result == nullptr) {
    interrupted = PyErr_Occurred() == PyExc_KeyboardInterrupt;
    status = 1;
    PyErr_Print();
  }
  if (ran_to_its_end && getpid() == self) {
    std::memcpy(interpreter.memory, task.mark.data(), task.mark.size());
  }
  Py_XDECREF(result);
  for (const char* name : {"__file__", "__cached__"}) {
    if (PyDict_DelItemString(names, name) != 0) {
      PyErr_Clear();
    }
  }
  Py_DECREF(names);
  end_interpreter(status, interrupted, by_its_text, prepared);
}

/// Where the memory that is shared with the harness lies.
void* shared_memory = nullptr;

void map_shared_memory(int file) {
  const int flags = MAP_SHARED | (shared_memory == nullptr ? 0 : MAP_FIXED);
  shared_memory = mmap(shared_memory, sandbox::kZygoteMemoryBytes, PROT_READ | PROT_WRITE, flags, file, 0);
  if (shared_memory == MAP_FAILED) {
    give_up("the shared memory cannot be mapped");
  }
}

/// serve(prepare, take_over_thread, become_clone, rewritten, run_exit_functions, baseline): does not return.
PyObject* serve(PyObject* /*module*/, PyObject* arguments) {
  // A program that finds this function by a walk through the heap gets nothing from it.
  static bool serving = false;
  Interpreter interpreter;
  Prepared& prepared = interpreter.prepared;
  if (serving ||
      PyArg_ParseTuple(arguments, "OOOOOO", &prepared.prepare, &prepared.take_over_thread, &prepared.become_clone,
                       &prepared.rewritten, &prepared.run_exit_functions, &prepared.baseline) == 0) {
    PyErr_SetString(PyExc_RuntimeError, "serve() is called once");
    return nullptr;
  }
  serving = true;
  Py_INCREF(arguments);
  map_shared_memory(sandbox::kZygoteMemory);
  interpreter.memory = shared_memory;
  syscall(SYS_close_range, sandbox::kZygoteSocket + 1, ~0U, 0);
  interpreter.run_file = find<RunFile>("PyRun_FileExFlags");
  leave_frames();
  Py_XDECREF(PyObject_CallObject(prepared.take_over_thread, nullptr));
  interpreter.names = prepare(prepared, interpreter.folder);
  fill_holes();
  use_huge_pages();
  std::string text;
  if (sandbox::serve_zygote(sandbox::kZygoteSocket, map_shared_memory, text)) {
    run_program(parse_task(text), interpreter);
  }
  _exit(0);
}

std::array<PyMethodDef, 2> methods = {
    PyMethodDef{"serve", serve, METH_VARARGS, nullptr},
    PyMethodDef{nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "qualm_zygote", nullptr, -1, methods.data(), nullptr, nullptr, nullptr, nullptr};

}  // namespace

extern "C" {
extern const char qualm_python_zygote_source[];
extern const char qualm_python_zygote_source_end[];
}

PyMODINIT_FUNC PyInit_qualm_zygote() {
  PyObject* module = PyModule_Create(&definition);
  PyObject* source = PyUnicode_FromStringAndSize(qualm_python_zygote_source,
                                                 qualm_python_zygote_source_end - qualm_python_zygote_source);
  if (module == nullptr || source == nullptr || PyModule_AddObject(module, "source", source) != 0) {
    return nullptr;
  }
  return module;
}
