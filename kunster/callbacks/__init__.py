"""Hooks of the trainer: checkpoints and exports, previews, progress, the guard against NaN."""
