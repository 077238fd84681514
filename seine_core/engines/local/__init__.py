"""Models from this machine's disk: found, loaded, kept in memory one at a time."""
