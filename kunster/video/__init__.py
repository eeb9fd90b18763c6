"""Video: sources of frames, engines that stylize them, and the H.264 writer."""
