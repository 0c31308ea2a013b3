# Webhooks are tested over the bed of the pipelines, on the real database provider and server.
target_sources(unit_api PRIVATE
  "${CMAKE_CURRENT_SOURCE_DIR}/messaging/messaging_bed.cpp"
  "${CMAKE_CURRENT_SOURCE_DIR}/messaging/scripted_vendor.cpp"
  "${CMAKE_CURRENT_SOURCE_DIR}/net/raw_client.cpp"
  "${CMAKE_CURRENT_SOURCE_DIR}/voice/scripted_phone.cpp"
  "${CMAKE_CURRENT_SOURCE_DIR}/voice/voice_bed.cpp")
commsd_test_database(unit_api NOT_ON_POSTGRES)
