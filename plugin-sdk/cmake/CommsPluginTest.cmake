# comms_add_plugin_test(<name> PLUGIN <target> SOURCES <files...>
#                       [CONFIG <config.json>] [CASSETTES <folder>] [LIBS <libraries...>])
# A test program of a plugin, in C++17 with comms/testing: it finds the built plugin under
# COMMS_PLUGIN_FILE, the configuration under COMMS_TEST_CONFIG (default tests/config.json) and the
# recordings under COMMS_CASSETTES (default tests/cassettes).
# Where plugin-check is installed, the test <target>.check runs it on the plugin as well, with those
# recordings that are named like a test of it.
include_guard(GLOBAL)

function(comms_add_plugin_test name)
  cmake_parse_arguments(test "" "PLUGIN;CONFIG;CASSETTES" "SOURCES;LIBS" ${ARGN})
  if(NOT test_SOURCES OR NOT TARGET "${test_PLUGIN}")
    message(FATAL_ERROR "comms_add_plugin_test(${name}): SOURCES and the PLUGIN they test are needed")
  endif()
  if(NOT test_CONFIG)
    set(test_CONFIG tests/config.json)
  endif()
  if(NOT test_CASSETTES)
    set(test_CASSETTES tests/cassettes)
  endif()
  get_filename_component(config "${test_CONFIG}" ABSOLUTE)
  get_filename_component(cassettes "${test_CASSETTES}" ABSOLUTE)

  find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto) # comms.crypto/1 of the fake host; tests only
  add_executable(${name} ${test_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_17)
  target_link_libraries(${name} PRIVATE comms::plugin-sdk OpenSSL::Crypto ${CMAKE_DL_LIBS}
    ${test_LIBS})
  target_compile_definitions(${name} PRIVATE "COMMS_PLUGIN_FILE=\"$<TARGET_FILE:${test_PLUGIN}>\""
    "COMMS_TEST_CONFIG=\"${config}\"" "COMMS_CASSETTES=\"${cassettes}\"")
  add_dependencies(${name} ${test_PLUGIN})
  add_test(NAME ${name} COMMAND ${name})

  find_program(COMMS_PLUGIN_CHECK plugin-check HINTS "${COMMS_SDK_BIN}")
  if(COMMS_PLUGIN_CHECK)
    add_test(NAME ${test_PLUGIN}.check
      COMMAND "${COMMS_PLUGIN_CHECK}" --config "${config}" --cassettes "${cassettes}"
        $<TARGET_FILE:${test_PLUGIN}>)
  endif()
endfunction()
