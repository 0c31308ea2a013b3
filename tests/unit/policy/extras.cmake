# The gate is tested on the real database provider: its guards are SQL.
commsd_test_database(unit_policy)
