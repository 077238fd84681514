"""Work in the background: renders, takes, scores, searches."""
