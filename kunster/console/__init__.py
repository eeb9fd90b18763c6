"""The terminal: exit codes, errors for users, progress."""
