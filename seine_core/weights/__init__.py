"""Weights on disk: read without running anything in them, written, downloaded."""
