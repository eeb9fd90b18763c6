"""Losses: pure functions of tensors, terms made of them, and frozen perceptual networks."""
