"""Messages, progress and exit codes of the commands."""
