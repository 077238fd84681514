"""The network of SEINE: Stable Diffusion 1.4's UNet with attention over the frames.

`seine_core.model.unet` holds the model, `seine_core.model.inflate` builds it from the image model.
"""
