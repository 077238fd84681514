"""The engine that looks at both pictures of a transition and chooses how to make it."""
