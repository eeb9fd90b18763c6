"""Benchmarks: our way and a plain way, measured side by side."""
