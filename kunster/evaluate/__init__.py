"""`kunster evaluate`: quality of networks, compared in one table."""
