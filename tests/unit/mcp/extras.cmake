# Tasks are tested on the real database.
commsd_test_database(unit_mcp ONLY "Task*")
