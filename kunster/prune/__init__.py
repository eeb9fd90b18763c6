"""Cutting channels and blocks out of a trained stylizer."""
