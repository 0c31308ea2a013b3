# The gate is tested on the real database provider: its guards are SQL.
target_sources(unit_policy PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/store/sqlite_loader.cpp")
add_dependencies(unit_policy sqlite)
target_link_libraries(unit_policy PRIVATE ${CMAKE_DL_LIBS})
