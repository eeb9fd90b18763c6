"""The run folder: its configuration, its results."""
