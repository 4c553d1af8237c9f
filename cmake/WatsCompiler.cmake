# Language level, warnings, sanitizers: the same for every target of the project.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
# The presets for development compile eight sources as one (-DCMAKE_UNITY_BUILD=OFF for one by one), which is four times
# faster from clean; release and bench compile each on its own, so that none lives on its neighbours' includes.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(wats_flags INTERFACE)
target_compile_options(wats_flags INTERFACE -Wall -Wextra -Wconversion -Werror -Wno-psabi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports maybe-uninitialized inside std::expected and std::optional moves at -O2; clang is the judge there.
  # -Wrestrict is wrong about std::string operator+ in GCC 12 (PR 105651).
  target_compile_options(wats_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(WATS_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(WATS_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(WATS_SANITIZE)
  message(FATAL_ERROR "WATS_SANITIZE is address, thread or empty, not '${WATS_SANITIZE}'")
endif()
if(WATS_BUILD_FUZZ)
  # Without coverage in the libraries a fuzzer sees nothing of what it reaches.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
