"""Classical image morphing between two stills."""
