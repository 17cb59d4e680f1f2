"""Models that were fetched, in one folder that any number of processes and machines may share."""
