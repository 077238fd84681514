"""What the small model adds to the UNet: given frames carried along the motion that is found."""
