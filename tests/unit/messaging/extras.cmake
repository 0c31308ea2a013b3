# The pipelines are tested on the real database providers; the simulation, which takes minutes, on
# one, and so is erasure, whose tests look at the database from outside, which they can at a file.
target_link_libraries(unit_messaging PRIVATE SQLite::SQLite3)
commsd_test_database(unit_messaging EXCEPT "*Simulation*:ContactErasureTest.*")
