"""SEINE's way from a request to a clip: windows, latents, denoising, decoding."""
