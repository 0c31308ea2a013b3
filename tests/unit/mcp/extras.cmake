# Tasks are tested on the real databases; one test looks into the file of SQLite.
commsd_test_database(unit_mcp ONLY "Task*" EXCEPT "TaskTest.TheDatabaseHolds*")
