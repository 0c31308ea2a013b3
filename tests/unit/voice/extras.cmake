# Calls are tested over the bed of the pipelines, on the real database provider.
target_sources(unit_voice PRIVATE
  "${CMAKE_CURRENT_SOURCE_DIR}/messaging/messaging_bed.cpp"
  "${CMAKE_CURRENT_SOURCE_DIR}/messaging/scripted_vendor.cpp"
  "${CMAKE_CURRENT_SOURCE_DIR}/store/sqlite_loader.cpp")
add_dependencies(unit_voice sqlite)
target_link_libraries(unit_voice PRIVATE ${CMAKE_DL_LIBS})
