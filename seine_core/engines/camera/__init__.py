"""Transitions that editors know: one camera, filmed through a shutter, needs no understanding."""
