"""The report of a sweep: the paper's Table II and figures, ours beside theirs. Reads files only."""
