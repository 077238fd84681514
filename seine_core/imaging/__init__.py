"""Pictures computed with numpy and OpenCV: colour, likeness, optical flow, warping."""
