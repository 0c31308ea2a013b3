# Tasks are tested on the real database.
target_sources(unit_mcp PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/store/sqlite_loader.cpp")
add_dependencies(unit_mcp sqlite)
target_link_libraries(unit_mcp PRIVATE ${CMAKE_DL_LIBS})
