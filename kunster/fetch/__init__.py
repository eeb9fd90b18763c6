"""`python -m kunster.fetch`: downloads what does not ship."""
