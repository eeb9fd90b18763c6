"""Command that distils the small perceptual network from VGG networks."""
