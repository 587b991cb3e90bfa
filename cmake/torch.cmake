# libtorch, as target qualm_torch: for the few sources that compute on a GPU. Its headers cost half a minute a source file, so
# they are seen in a module of their own only.
#
# In this order: -DTorch_DIR=LIBTORCH/share/cmake/Torch; the torch of the Python on PATH; the wheel that
# `tools/install_dependencies.sh --full` puts into the user's cache (cmake/torch/torch.txt, pinned by SHA-256). Sets
# QUALM_TORCH to whether one is there; without it the modules that need it are left out.
if(DEFINED ENV{QUALM_CACHE})
  set(torch_cache "$ENV{QUALM_CACHE}/torch-2.11.0")
elseif(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(torch_cache "$ENV{XDG_CACHE_HOME}/qualm/torch-2.11.0")
else()
  set(torch_cache "$ENV{HOME}/.cache/qualm/torch-2.11.0")
endif()

set(torch_candidates)
if(Torch_DIR)
  cmake_path(SET torch_given NORMALIZE "${Torch_DIR}/../../..")
  list(APPEND torch_candidates "${torch_given}")
else()
  execute_process(
    COMMAND python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE torch_of_python OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  list(APPEND torch_candidates ${torch_of_python} "${torch_cache}/torch")
endif()

set(QUALM_TORCH FALSE)
foreach(candidate IN LISTS torch_candidates)
  if(EXISTS "${candidate}/lib/libtorch_cpu.so" AND EXISTS "${candidate}/include/torch/csrc/api/include/torch/torch.h")
    set(QUALM_TORCH TRUE)
    set(torch_root "${candidate}")
    break()
  endif()
endforeach()
if(NOT QUALM_TORCH)
  if(Torch_DIR)
    message(FATAL_ERROR "Torch_DIR=${Torch_DIR} has no libtorch: ${torch_candidates} lacks lib/libtorch_cpu.so or its headers")
  endif()
  message(STATUS "No libtorch: models run on the CPU only. `tools/install_dependencies.sh --full` gets it.")
  return()
endif()
message(STATUS "libtorch: ${torch_root}")

add_library(qualm_torch INTERFACE)
target_include_directories(qualm_torch SYSTEM INTERFACE "${torch_root}/include" "${torch_root}/include/torch/csrc/api/include")
# What libtorch_cpu.so of a CUDA flavour itself needs is found through its own run path or the system's.
target_link_options(qualm_torch INTERFACE -Wl,--unresolved-symbols=ignore-in-shared-libs)
target_link_libraries(qualm_torch INTERFACE "${torch_root}/lib/libtorch_cpu.so" "${torch_root}/lib/libc10.so")
