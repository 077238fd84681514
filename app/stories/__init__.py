"""The stories of a workspace: on disk, open in sessions, and whose they are."""
