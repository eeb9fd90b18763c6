"""How good a trained network is: distances to painting and photo, and steadiness."""
