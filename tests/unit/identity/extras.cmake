target_sources(unit_identity PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/store/sqlite_loader.cpp")
    add_dependencies(unit_identity sqlite)
        target_link_libraries(unit_identity PRIVATE ${CMAKE_DL_LIBS})
