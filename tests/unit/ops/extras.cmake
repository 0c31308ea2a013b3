target_sources(unit_ops PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/store/sqlite_loader.cpp")
add_dependencies(unit_ops sqlite)
target_link_libraries(unit_ops PRIVATE ${CMAKE_DL_LIBS})
