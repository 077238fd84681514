"""Engines that run a diffusers video model."""
