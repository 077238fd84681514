"""What a story sounds like: its sounds at their places, mixed."""
