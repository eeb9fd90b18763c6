"""Kunster: a painting's style in a network small enough for a phone, steady on video."""

__version__ = "0.1.0"
