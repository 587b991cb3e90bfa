// The native half of a Python zygote: a module for any CPython from 3.8 on (limited API), loaded by the loader in
// python_zygote.cpp. It serves requests and, in each clone, runs one program as `python3 FILE` does.
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03080000
#include <Python.h>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "languages/python/zygote_task.h"
#include "sandbox/zygote.h"
#include "sandbox/zygote_process.h"

namespace {

namespace python = qualm::languages::python;
namespace sandbox = qualm::sandbox;

/// The name that the program's file has in its folder; MultiPL-E's have this shape, so that tracebacks read alike.
constexpr const char* kProgramName = "tmpprogram_.py";

/// What the language's Python half gives to serve(); borrowed from its frame, which is never left.
struct Prepared {
  PyObject* prepare = nullptr;
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
    task.mark[i] = static_cast<unsigned char>(std::stoul(text.substr(line + 2 + 2 * i, 2), nullptr, 16));
  }
  task.bytes_before_tests = static_cast<Py_ssize_t>(std::stoull(text.substr(line + 2 + 2 * task.mark.size())));
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

/// Leaves the zygote's frames for good: the program's are the first on an empty stack, at recursion depth 0.
/// From 3.13 on the interpreter's main thread state cannot be replaced: the loader's one frame stays below the program's.
/// Twice, because only a thread state that is made when the thread has none becomes the thread's own (PyGILState).
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
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
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
    only_unittest = entries == 0 ? file == program
                                 : file.size() > kTail.size() &&
                                       file.compare(file.size() - kTail.size(), kTail.size(), kTail) == 0;
    ++entries;
    PyObject* next = PyObject_GetAttrString(entry, "tb_next");
    Py_DECREF(entry);
    entry = next;
  }
  Py_XDECREF(entry);
  PyErr_Clear();
  return only_unittest && entries >= 2;
}

/// Whether ending the interpreter could run code of the program or write what it left unwritten: what it keeps alive
/// may have finalizers. The modules of the zygote have none that matter.
bool needs_finalization(const std::string& program, PyObject* baseline) {
  constexpr std::array<const char*, 7> kWords = {"__del__", "weakref", "yield", "finally", "async", "open", "gc"};
  if (std::any_of(kWords.begin(), kWords.end(),
                  [&](const char* word) { return program.find(word) != std::string::npos; })) {
    return true;
  }
  PyObject* modules = PySys_GetObject("modules");
  PyObject* names = modules != nullptr && PyDict_Check(modules) ? PyDict_Keys(modules) : nullptr;
  bool foreign = names == nullptr;
  for (Py_ssize_t i = 0; !foreign && i < PyList_Size(names); ++i) {
    foreign = PySequence_Contains(baseline, PyList_GetItem(names, i)) != 1;
  }
  Py_XDECREF(names);
  PyErr_Clear();
  return foreign;
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
[[noreturn]] void end_interpreter(int status, bool interrupted, const std::string& program, const Prepared& prepared) {
  bool finalize = needs_finalization(program, prepared.baseline);
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
    finalize = !flush("stderr") || !flushed || needs_finalization(program, prepared.baseline);
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

/// Reads and runs the program's file by the interpreter's own function for that; null with an error set.
PyObject* run_file(const std::string& path, PyObject* names) {
  using RunFile = PyObject* (*)(FILE*, const char*, int, PyObject*, PyObject*, int, void*);
  FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    give_up("the program's file cannot be opened");
  }
  constexpr int kFileInput = 257;  // Py_file_input
  return find<RunFile>("PyRun_FileExFlags")(file, path.c_str(), kFileInput, names, names, 1, nullptr);
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

[[noreturn]] void run_program(const Task& task, const Prepared& prepared, void* memory) {
  PyOS_AfterFork_Child();
  leave_frames();
  const std::string path = task.folder + "/" + kProgramName;
  const std::string program = read_file(path);
  PyObject* names = PyObject_CallFunction(prepared.prepare, "ss", path.c_str(), task.folder.c_str());
  if (names == nullptr) {
    give_up("the state of a fresh interpreter cannot be made");
  }
  const pid_t self = getpid();
  PyObject* result = task.kind == python::kRunProgram ? run_file(path, names)
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
    std::memcpy(memory, task.mark.data(), task.mark.size());
  }
  Py_XDECREF(result);
  for (const char* name : {"__file__", "__cached__"}) {
    if (PyDict_DelItemString(names, name) != 0) {
      PyErr_Clear();
    }
  }
  Py_DECREF(names);
  end_interpreter(status, interrupted, program, prepared);
}

/// serve(prepare, rewritten, run_exit_functions, baseline): returns when the harness has hung up.
PyObject* serve(PyObject* /*module*/, PyObject* arguments) {
  // A program that finds this function by a walk through the heap gets nothing from it.
  static bool serving = false;
  Prepared prepared;
  if (serving || PyArg_ParseTuple(arguments, "OOOO", &prepared.prepare, &prepared.rewritten,
                                  &prepared.run_exit_functions, &prepared.baseline) == 0) {
    PyErr_SetString(PyExc_RuntimeError, "serve() is called once");
    return nullptr;
  }
  serving = true;
  void* memory = mmap(nullptr, sandbox::kZygoteMemoryBytes, PROT_READ | PROT_WRITE, MAP_SHARED, sandbox::kZygoteMemory, 0);
  if (memory == MAP_FAILED) {
    give_up("the shared memory cannot be mapped");
  }
  for (int descriptor = sandbox::kZygoteSocket + 1; descriptor < 1024; ++descriptor) {
    close(descriptor);
  }
  std::string text;
  if (sandbox::serve_zygote(sandbox::kZygoteSocket, {PyOS_BeforeFork, PyOS_AfterFork_Parent}, text)) {
    run_program(parse_task(text), prepared, memory);
  }
  Py_RETURN_NONE;
}

std::array<PyMethodDef, 2> methods = {
    PyMethodDef{"serve", serve, METH_VARARGS, nullptr},
    PyMethodDef{nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT, "qualm_zygote", nullptr, -1, methods.data(),
                          nullptr,               nullptr,        nullptr, nullptr};

}  // namespace

extern "C" {
extern const char qualm_python_zygote_source[];
extern const char qualm_python_zygote_source_end[];
}

PyMODINIT_FUNC PyInit_qualm_zygote() {
  PyObject* module = PyModule_Create(&definition);
  PyObject* source = PyUnicode_FromStringAndSize(
      qualm_python_zygote_source, qualm_python_zygote_source_end - qualm_python_zygote_source);
  if (module == nullptr || source == nullptr || PyModule_AddObject(module, "source", source) != 0) {
    return nullptr;
  }
  return module;
}
