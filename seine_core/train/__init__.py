"""Training: data, objective, loop. Imported by the command line alone."""
