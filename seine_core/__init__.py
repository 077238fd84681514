"""SEINE Storyboard's core: stories, engines that generate clips, and the renderer that joins them.

Importing this package loads nothing heavy: torch, diffusers and OpenCV come in when an engine
needs them.
"""

__version__ = "0.1.0"
