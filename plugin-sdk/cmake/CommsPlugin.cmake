# comms_add_plugin(<name> SOURCES <files...> MANIFEST <plugin.yaml>
#                  [SLOTS <email...>] [LIBS <libraries...>] [NO_INSTALL])
# Builds <name>.so: a provider the host loads. The manifest is checked, turned into canonical JSON
# and embedded; its id and version reach the code as COMMS_PLUGIN_ID and COMMS_PLUGIN_VERSION through
# the generated header comms_plugin_manifest.h, so that the two cannot differ. SLOTS, when given, must
# be what the manifest says. LIBS are linked as usual: prefer static ones, a plugin is one file.
include_guard(GLOBAL)

# Whether the C++ compiler uses libc++. Then it is linked statically: a shared libc++ binds to
# libstdc++ symbols of the host, after which std::exception_ptr and std::async break (measured).
function(_comms_detect_libcxx result)
  if(NOT CMAKE_CXX_COMPILER_LOADED)
    set(${result} FALSE PARENT_SCOPE)
    return()
  endif()
  include(CheckCXXSourceCompiles)
  check_cxx_source_compiles("#include <cstddef>
    #ifndef _LIBCPP_VERSION
    #error not libc++
    #endif
    int main() { return 0; }" COMMS_CXX_LIBRARY_IS_LIBCXX)
  set(${result} "${COMMS_CXX_LIBRARY_IS_LIBCXX}" PARENT_SCOPE)
endfunction()

# Writes the source that puts the JSON into the file, and the command that makes the JSON.
function(_comms_embed_manifest name manifest slots)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}.manifest")
  set(json "${folder}/manifest.json")
  set(header "${folder}/comms_plugin_manifest.h")
  set(expected "")
  foreach(slot IN LISTS slots)
    list(APPEND expected --slot "${slot}")
  endforeach()
  add_custom_command(
    OUTPUT "${json}" "${header}"
    COMMAND comms::comms-manifest --schema "${COMMS_MANIFEST_SCHEMA}" --json "${json}"
            --header "${header}" ${expected} "${manifest}"
    DEPENDS "${manifest}" "${COMMS_MANIFEST_SCHEMA}" comms::comms-manifest
    COMMENT "Checking the manifest of ${name}" VERBATIM)

  if(CMAKE_C_COMPILER_LOADED)
    set(source "${folder}/manifest_section.c")
  else()
    set(source "${folder}/manifest_section.cpp")
  endif()
  # "a": part of the loaded image; "R": retained, or --gc-sections would drop what nobody refers to.
  file(CONFIGURE OUTPUT "${source}" CONTENT [[
__asm__(
    ".pushsection .comms.manifest,\"aR\",@progbits\n"
    ".incbin \"@json@\"\n"
    ".popsection\n");
]] @ONLY)
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${json}"
    COMPILE_OPTIONS "-Wno-pedantic")
  target_sources(${name} PRIVATE "${source}" "${header}")
  target_include_directories(${name} PRIVATE "${folder}")
endfunction()

function(comms_add_plugin name)
  cmake_parse_arguments(plugin "NO_INSTALL" "MANIFEST" "SOURCES;SLOTS;LIBS" ${ARGN})
  if(NOT plugin_SOURCES OR NOT plugin_MANIFEST)
    message(FATAL_ERROR "comms_add_plugin(${name}): SOURCES and MANIFEST are needed")
  endif()
  if(plugin_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "comms_add_plugin(${name}): what is '${plugin_UNPARSED_ARGUMENTS}'?")
  endif()
  get_filename_component(manifest "${plugin_MANIFEST}" ABSOLUTE)
  if(NOT EXISTS "${manifest}")
    message(FATAL_ERROR "comms_add_plugin(${name}): there is no file ${manifest}")
  endif()

  add_library(${name} MODULE ${plugin_SOURCES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    LINK_DEPENDS "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/comms.map")
  if(CMAKE_C_COMPILER_LOADED)
    target_compile_features(${name} PRIVATE c_std_11)
  endif()
  if(CMAKE_CXX_COMPILER_LOADED)
    target_compile_features(${name} PRIVATE cxx_std_17)
  endif()
  # Unique symbols (of g++) pin an object in the process for good and are shared between plugins.
  target_compile_options(${name} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/comms.map"
    "LINKER:-z,now" "LINKER:-z,relro" "LINKER:-z,noexecstack")
  # A missing symbol is the author's error to see now, not the administrator's at load time. Only
  # the sanitizer runtime of clang must stay undefined in a shared object.
  get_directory_property(directory_options LINK_OPTIONS)
  if(NOT "${directory_options} ${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE "LINKER:-z,defs")
  endif()
  target_link_libraries(${name} PRIVATE comms::plugin-sdk ${plugin_LIBS})
  _comms_detect_libcxx(libcxx)
  if(libcxx)
    target_link_options(${name} PRIVATE -nostdlib++)
    target_link_libraries(${name} PRIVATE -Wl,-Bstatic c++ c++abi -Wl,-Bdynamic)
  endif()

  _comms_embed_manifest(${name} "${manifest}" "${plugin_SLOTS}")
  if(NOT plugin_NO_INSTALL)
    install(TARGETS ${name} LIBRARY DESTINATION lib/commsd/plugins COMPONENT plugins)
  endif()
endfunction()
