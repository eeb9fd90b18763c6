"""How the small perceptual network is taught: its teachers, its training, what it goes on from."""
