# What every target of the project shares. Each folder of the house is one library; an upward include does not link.

add_library(qualm_settings INTERFACE)
target_include_directories(qualm_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(qualm_settings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Werror>)
if(QUALM_SANITIZE)
  # GCC's own manual: with a sanitizer this warning has false positives (here in the standard library's regex).
  target_compile_options(qualm_settings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_compile_options(qualm_settings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(qualm_settings INTERFACE -fsanitize=address,undefined)
endif()
if(QUALM_FUZZ)
  target_compile_options(qualm_settings INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer)
  target_link_options(qualm_settings INTERFACE -fsanitize=address,undefined)
endif()

# qualm_library(NAME SOURCES... [LINK libraries...]): one folder of the house as a static library.
function(qualm_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC qualm_settings ${arg_LINK})
endfunction()

# qualm_fuzz(NAME SOURCE [LINK libraries...]): a libFuzzer program, which `make fuzz` runs for a minute.
function(qualm_fuzz name source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "LINK")
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE qualm_settings ${arg_LINK})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz_targets ${name})
endfunction()

# qualm_test(NAME SOURCES... [LINK libraries...]): a Catch2 program whose cases ctest lists one by one.
function(qualm_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE qualm_test_main ${arg_LINK})
  catch_discover_tests(${name} TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
endfunction()
