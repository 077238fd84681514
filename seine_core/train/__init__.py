"""Training of SEINE's random-mask network (arXiv 2310.20700, section 3.2): `loop.train`."""
