"""Hooks of the trainer: checkpoints with their exports, previews, progress, the guard against NaN."""
