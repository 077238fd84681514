"""Pictures, videos and sounds: read, at an even rate and of one size, and encoded."""
