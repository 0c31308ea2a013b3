# The tests load real plugins and run the real probe.
add_dependencies(unit_plugin test_plugins commsd-plugin-probe)
target_compile_definitions(unit_plugin PRIVATE
  COMMSD_TEST_PLUGINS="${CMAKE_BINARY_DIR}/test-plugins"
  COMMSD_PROBE="$<TARGET_FILE:commsd-plugin-probe>")
