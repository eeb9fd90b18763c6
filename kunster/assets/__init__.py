"""Files that ship with the package, and files that can be downloaded."""
