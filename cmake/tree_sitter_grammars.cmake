# The parser of languages/'s cleaning: the tree-sitter core and its Python and Java grammars, as target
# qualm_tree_sitter.
#
# Debian 12 has no grammars, and the Python grammar's scanner needs a header that Debian's core (0.20.7) lacks. All three
# are C sources in PyPI's source distributions (MIT), pinned in grammars.txt by version and SHA-256. pip fetches them
# with the user's own pip configuration (mirror, proxy, certificates); they stay in QUALM_DOWNLOAD_CACHE, so that only
# the first configuration on a machine needs a network.

if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(user_cache "$ENV{XDG_CACHE_HOME}")
elseif(DEFINED ENV{HOME})
  set(user_cache "$ENV{HOME}/.cache")
else()
  set(user_cache "${CMAKE_BINARY_DIR}")
endif()
set(QUALM_DOWNLOAD_CACHE "${user_cache}/qualm/downloads" CACHE PATH "Where downloaded sources are kept between builds")

set(grammar_requirements "${CMAKE_CURRENT_LIST_DIR}/grammars.txt")
set(core_archive tree-sitter-0.23.2.tar.gz)
set(java_archive tree_sitter_java-0.23.5.tar.gz)
set(python_archive tree_sitter_python-0.23.6.tar.gz)

# Fails the configuration unless grammars.txt lists the SHA-256 of `archive`; sets `result` to it.
function(qualm_pinned_hash archive result)
  string(REGEX MATCH "^(.*)-([0-9.]+)\\.tar\\.gz$" matched "${archive}")
  string(REPLACE "_" "-" package "${CMAKE_MATCH_1}")
  set(version "${CMAKE_MATCH_2}")
  file(STRINGS "${grammar_requirements}" line REGEX "^${package}==${version} ")
  if(NOT line MATCHES "--hash=sha256:([0-9a-f]+)$")
    message(FATAL_ERROR "${grammar_requirements} has no line '${package}==${version} --hash=sha256:...' for ${archive}")
  endif()
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

# Sets `result` to whether QUALM_DOWNLOAD_CACHE has `archive` with its pinned hash.
function(qualm_is_cached archive result)
  set(${result} FALSE PARENT_SCOPE)
  if(EXISTS "${QUALM_DOWNLOAD_CACHE}/${archive}")
    qualm_pinned_hash(${archive} wanted)
    file(SHA256 "${QUALM_DOWNLOAD_CACHE}/${archive}" got)
    if(got STREQUAL wanted)
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()

# Downloads all archives of grammars.txt into QUALM_DOWNLOAD_CACHE.
function(qualm_download_grammars)
  set(remedy
    "With a network: apt install python3-pip python3-setuptools python3-wheel, and configure again.\n"
    "Without one: put ${core_archive}, ${java_archive} and ${python_archive} (PyPI's source distributions) into "
    "${QUALM_DOWNLOAD_CACHE}, or name their folder with -DQUALM_DOWNLOAD_CACHE=FOLDER.")
  # pip runs a source distribution's setup.py to read its metadata. setuptools on this machine spares pip the download
  # of another into an isolated environment.
  set(python "")
  set(isolation "")
  foreach(candidate /usr/bin/python3 python3)
    execute_process(COMMAND ${candidate} -c "import pip" RESULT_VARIABLE no_pip OUTPUT_QUIET ERROR_QUIET)
    execute_process(COMMAND ${candidate} -c "import setuptools, wheel" RESULT_VARIABLE no_setuptools
      OUTPUT_QUIET ERROR_QUIET)
    if(no_pip EQUAL 0 AND (python STREQUAL "" OR no_setuptools EQUAL 0))
      set(python ${candidate})
      if(no_setuptools EQUAL 0)
        set(isolation --no-build-isolation)
        break()
      endif()
    endif()
  endforeach()
  if(python STREQUAL "")
    message(FATAL_ERROR "The tree-sitter grammars are not in ${QUALM_DOWNLOAD_CACHE}, and there is no pip to download "
      "them.\n" ${remedy})
  endif()

  # A folder of this build's own, then a rename each: two configurations at once cannot see half a file.
  set(arriving "${CMAKE_BINARY_DIR}/download")
  file(REMOVE_RECURSE "${arriving}")
  file(MAKE_DIRECTORY "${arriving}" "${QUALM_DOWNLOAD_CACHE}")
  message(STATUS "Downloading tree-sitter and its grammars into ${QUALM_DOWNLOAD_CACHE}")
  execute_process(
    COMMAND ${python} -m pip download --quiet --no-input --no-deps --no-binary :all: ${isolation} --require-hashes
      --dest "${arriving}" --requirement "${grammar_requirements}"
    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT failed EQUAL 0)
    message(FATAL_ERROR "pip could not download the tree-sitter grammars:\n${output}\n" ${remedy})
  endif()
  string(RANDOM LENGTH 8 suffix)
  foreach(archive IN ITEMS ${core_archive} ${java_archive} ${python_archive})
    file(COPY_FILE "${arriving}/${archive}" "${QUALM_DOWNLOAD_CACHE}/${archive}.${suffix}")
    file(RENAME "${QUALM_DOWNLOAD_CACHE}/${archive}.${suffix}" "${QUALM_DOWNLOAD_CACHE}/${archive}")
  endforeach()
  file(REMOVE_RECURSE "${arriving}")
endfunction()

set(sources "${CMAKE_BINARY_DIR}/tree_sitter_sources")
foreach(archive IN ITEMS ${core_archive} ${java_archive} ${python_archive})
  qualm_is_cached(${archive} cached)
  if(NOT cached)
    qualm_download_grammars()
    qualm_is_cached(${archive} cached)
    if(NOT cached)
      message(FATAL_ERROR "${QUALM_DOWNLOAD_CACHE}/${archive} does not have the SHA-256 that ${grammar_requirements} pins")
    endif()
  endif()
  qualm_pinned_hash(${archive} hash)
  if(NOT EXISTS "${sources}/${archive}.${hash}")
    file(ARCHIVE_EXTRACT INPUT "${QUALM_DOWNLOAD_CACHE}/${archive}" DESTINATION "${sources}")
    file(TOUCH "${sources}/${archive}.${hash}")
  endif()
endforeach()

set(core "${sources}/tree-sitter-0.23.2/tree_sitter/core/lib")
# The grammars include the scanner's headers as "tree_sitter/parser.h"; the core keeps them beside its own sources.
file(MAKE_DIRECTORY "${sources}/include/tree_sitter")
foreach(header IN ITEMS alloc.h array.h parser.h ts_assert.h)
  file(COPY_FILE "${core}/src/${header}" "${sources}/include/tree_sitter/${header}" ONLY_IF_DIFFERENT)
endforeach()

add_library(qualm_tree_sitter STATIC
  "${core}/src/lib.c"
  "${sources}/tree_sitter_python-0.23.6/src/parser.c"
  "${sources}/tree_sitter_python-0.23.6/src/scanner.c"
  "${sources}/tree_sitter_java-0.23.5/src/parser.c")
target_include_directories(qualm_tree_sitter SYSTEM PUBLIC "${core}/include")
target_include_directories(qualm_tree_sitter PRIVATE "${core}/src" "${sources}/include")
target_compile_options(qualm_tree_sitter PRIVATE -w -fvisibility=hidden)
