# The tests load the real provider.
add_dependencies(unit_store sqlite)
target_link_libraries(unit_store PRIVATE SQLite::SQLite3 ${CMAKE_DL_LIBS})
