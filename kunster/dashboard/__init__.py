"""`python -m kunster.dashboard`: a W&B workspace to compare runs."""
