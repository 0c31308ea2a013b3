# The tests load real plugins and run the real probe.
add_dependencies(unit_plugin test_plugins sandbox commsd-plugin-probe)
target_compile_definitions(unit_plugin PRIVATE
  COMMSD_TEST_PLUGINS="${CMAKE_BINARY_DIR}/test-plugins"
  COMMSD_SANDBOX_PLUGIN="$<TARGET_FILE:sandbox>"
  COMMSD_PROBE="$<TARGET_FILE:commsd-plugin-probe>")
# The services are tested against the same server that the outbound client is.
target_sources(unit_plugin PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/net/misbehaving_server.cpp")
