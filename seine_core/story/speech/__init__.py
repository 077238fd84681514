"""Narrations spoken by a voice, and what is spoken heard as text."""
