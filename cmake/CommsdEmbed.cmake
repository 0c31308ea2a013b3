# comms_embed(<target> <name> [BASE <folder>] <files...>)
# Compiles files into <target>, so that the program needs no data folder to start. The header
# "embedded/<name>.h" then offers, in namespace commsd::embedded::<name>,
#   std::string_view commsd_yaml();                one function per file; every character that is
#                                                  not a letter or digit becomes '_'
#   std::span<const commsd::embedded::File> files();   all of them, in the order given
#   std::optional<std::string_view> find(path);    by path below BASE (default: the file's name)
# The assembler's .incbin copies the bytes: any content, any size, no quoting, no compile time.
# Functions and not constants, because constants of another file may be read before they are set.
include_guard(GLOBAL)

function(comms_embed target name)
  cmake_parse_arguments(embed "" "BASE" "" ${ARGN})
  set(directory "${CMAKE_BINARY_DIR}/generated/embedded")
  set(declarations "")
  set(definitions "")
  set(table "")
  set(number 0)
  set(paths "")
  foreach(file IN LISTS embed_UNPARSED_ARGUMENTS)
    get_filename_component(path "${file}" ABSOLUTE)
    if(NOT EXISTS "${path}")
      message(FATAL_ERROR "comms_embed(${target} ${name}): there is no file ${path}")
    endif()
    list(APPEND paths "${path}")
    if(embed_BASE)
      get_filename_component(base "${embed_BASE}" ABSOLUTE)
      file(RELATIVE_PATH relative "${base}" "${path}")
    else()
      get_filename_component(relative "${path}" NAME)
    endif()
    string(REGEX REPLACE "[^A-Za-z0-9]" "_" identifier "${relative}")
    if(identifier MATCHES "^[0-9]")
      set(identifier "_${identifier}")
    endif()
    set(symbol "commsd_embedded_${name}_${number}")
    string(APPEND declarations "std::string_view ${identifier}();\n")
    string(APPEND definitions
      "asm(\".section .rodata\\n.balign 16\\n.hidden ${symbol}\\n.global ${symbol}\\n\"\n"
      "    \"${symbol}:\\n.incbin \\\"${path}\\\"\\n\"\n"
      "    \".hidden ${symbol}_end\\n.global ${symbol}_end\\n${symbol}_end:\\n.byte 0\\n\"\n"
      "    \".previous\\n\");\n"
      "extern \"C\" {\n[[gnu::visibility(\"hidden\")]] extern const char ${symbol}[];\n"
      "[[gnu::visibility(\"hidden\")]] extern const char ${symbol}_end[];\n}\n"
      "namespace commsd::embedded::${name} {\n"
      "std::string_view ${identifier}() {\n"
      "  return {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})};\n}\n}\n")
    string(APPEND table "    {\"${relative}\", ${identifier}()},\n")
    math(EXPR number "${number} + 1")
  endforeach()

  file(CONFIGURE OUTPUT "${directory}/${name}.h" @ONLY CONTENT [[
// Written by comms_embed; do not edit.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#ifndef COMMSD_EMBEDDED_FILE
#define COMMSD_EMBEDDED_FILE
namespace commsd::embedded {
struct File {
  std::string_view name;
  std::string_view text;
};
}  // namespace commsd::embedded
#endif

namespace commsd::embedded::@name@ {
@declarations@
std::span<const File> files();
std::optional<std::string_view> find(std::string_view name);
}
]])
  file(CONFIGURE OUTPUT "${directory}/${name}.cpp" @ONLY CONTENT [[
// Written by comms_embed; do not edit.
#include "embedded/@name@.h"

#include <cstddef>

@definitions@
namespace commsd::embedded::@name@ {
std::span<const File> files() {
  static const File table[] = {
@table@  };
  return table;
}
std::optional<std::string_view> find(std::string_view name) {
  for (const File& file : files()) {
    if (file.name == name) return file.text;
  }
  return std::nullopt;
}
}
]])
  target_sources(${target} PRIVATE "${directory}/${name}.cpp")
  set_source_files_properties("${directory}/${name}.cpp" PROPERTIES
    OBJECT_DEPENDS "${paths}" SKIP_PRECOMPILE_HEADERS ON)
  target_include_directories(${target} PUBLIC "${CMAKE_BINARY_DIR}/generated")
endfunction()
