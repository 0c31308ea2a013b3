target_sources(unit_provisioning PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/store/sqlite_loader.cpp")
add_dependencies(unit_provisioning sqlite)
target_link_libraries(unit_provisioning PRIVATE ${CMAKE_DL_LIBS})
