# The tests load the real providers.
commsd_test_database(unit_store EXCEPT "Sqlite*:IntegrityCheckTest.*")
target_link_libraries(unit_store PRIVATE SQLite::SQLite3)
