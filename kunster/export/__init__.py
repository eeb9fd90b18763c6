"""Export of trained networks to files for apps, each compared with its network."""
