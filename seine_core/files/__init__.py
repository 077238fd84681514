"""Files on disk: written whole or not at all, locked, and read with care when from outside."""
