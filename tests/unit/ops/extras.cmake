target_sources(unit_ops PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/store/fixture.cpp")
target_link_libraries(unit_ops PRIVATE SQLite::SQLite3)
commsd_test_database(unit_ops)
