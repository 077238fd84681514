"""A story on disk: its file, its media, and both in one archive."""
