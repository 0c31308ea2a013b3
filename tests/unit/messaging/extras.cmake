# The pipelines are tested on the real database provider.
target_sources(unit_messaging PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/store/sqlite_loader.cpp")
add_dependencies(unit_messaging sqlite)
target_link_libraries(unit_messaging PRIVATE ${CMAKE_DL_LIBS})
