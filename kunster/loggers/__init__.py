"""Experiment loggers: Weights & Biases, offline unless asked otherwise, and TensorBoard."""
