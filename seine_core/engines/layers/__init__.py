"""The default engine: layered scenes and one moving camera."""
