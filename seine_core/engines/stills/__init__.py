"""Engines that blend two stills inside an image model, the baselines of SEINE's paper."""
