"""Command that downloads weights, data sets and paintings that do not ship."""
