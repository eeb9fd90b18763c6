"""`kunster dashboard`: a W&B workspace to compare runs."""
