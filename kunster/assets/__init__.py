"""What ships inside the package, and what can be fetched to stand beside it."""
