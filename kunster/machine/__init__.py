"""What this computer has: cores, devices, number formats, CUDA graphs."""
