# Warnings, sanitizers, linker and compiler cache: one place, so that every target agrees.

# FORCE, because project() has put empty values into the cache before this file is read. Sibling
# calls keep a loop of co_awaits that never suspend from growing the stack.
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1 -foptimize-sibling-calls -D_GLIBCXX_ASSERTIONS"
  CACHE STRING "" FORCE)
set(CMAKE_C_FLAGS_DEV "-O1 -g1" CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG" CACHE STRING "" FORCE)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG" CACHE STRING "" FORCE)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-strict-aliasing)
add_compile_definitions(_FILE_OFFSET_BITS=64)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside coroutine frames of correct code (GCC bugs 98401, 105562).
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-dangling-pointer>)
  # At -O2 these two see overlaps and overflows in std::string that cannot be (GCC bugs 105329,
  # 105651); the Dev and sanitizer builds keep them.
  add_compile_options($<$<CONFIG:Release>:-Wno-restrict> $<$<CONFIG:Release>:-Wno-stringop-overflow>)
  if(COMMSD_SANITIZE)
    add_compile_options(-Wno-error=restrict -Wno-error=stringop-overflow -Wno-error=tsan)
  endif()
endif()

if(COMMSD_SANITIZE)
  add_compile_options(-fsanitize=${COMMSD_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${COMMSD_SANITIZE})
  add_compile_definitions(COMMSD_SANITIZED=1)
endif()
if(COMMSD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# mold links this tree in a second where ld takes ten; clang 14 wants it by its full path.
find_program(COMMSD_MOLD mold)
if(COMMSD_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT COMMSD_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

# Sloppiness is what ccache asks for with precompiled headers; the base directory lets two build
# folders share results.
find_program(COMMSD_CCACHE ccache)
if(COMMSD_CCACHE)
  set(COMMSD_LAUNCHER "${CMAKE_COMMAND}" -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 "${COMMSD_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${COMMSD_LAUNCHER})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${COMMSD_LAUNCHER})
endif()
