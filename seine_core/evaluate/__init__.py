"""How good a clip is, in numbers that need no weights."""
