# The pipelines are tested on the real database provider.
commsd_test_database(unit_messaging)
