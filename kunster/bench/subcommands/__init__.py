"""What `python -m kunster.bench` can measure: a module each, with its options and its table."""
