"""`kunster blend`: networks between two trained networks."""
