"""`kunster stylize`: stylizes pictures, videos and cameras."""
