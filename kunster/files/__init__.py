"""Files: atomic replacement, checksums, tensors on disk."""
