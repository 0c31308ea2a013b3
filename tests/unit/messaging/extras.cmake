# The pipelines are tested on the real database provider. The erasure tests look at the database
# from outside, which they can at a file only.
target_link_libraries(unit_messaging PRIVATE SQLite::SQLite3)
commsd_test_database(unit_messaging EXCEPT "ContactErasureTest.*")
