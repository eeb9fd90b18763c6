"""Weights & Biases: every stage of a run beside every other, offline first."""
