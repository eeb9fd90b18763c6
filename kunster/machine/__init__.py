"""This computer: cores, devices, number formats, CUDA graphs."""
