# Calls are tested over the bed of the pipelines, on the real database provider.
target_sources(unit_voice PRIVATE
  "${CMAKE_CURRENT_SOURCE_DIR}/messaging/messaging_bed.cpp"
  "${CMAKE_CURRENT_SOURCE_DIR}/messaging/scripted_vendor.cpp")
commsd_test_database(unit_voice)
