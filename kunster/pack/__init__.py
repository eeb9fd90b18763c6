"""Finished runs packed into the files that ship, with a card for each network."""
