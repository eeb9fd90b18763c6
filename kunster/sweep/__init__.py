"""Sweeps: a grid of runs, planned as a whole, each trained once however often it is interrupted."""
