# commsctl is tested against the real control server.
target_link_libraries(unit_ctl PRIVATE commsd_ops)
