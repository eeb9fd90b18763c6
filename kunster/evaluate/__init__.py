"""`python -m kunster.evaluate`: measures networks and compares them in one table."""
