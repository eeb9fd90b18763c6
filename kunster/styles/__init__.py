"""`kunster styles`: the shipped styles, listed or drawn on a sheet."""
