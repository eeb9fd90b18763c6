"""From a checkpoint to files that drop into an app, each one checked against the checkpoint."""
