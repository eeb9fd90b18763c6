"""What ships: listed, drawn, and packed from runs with a card each: `python -m kunster.styles`."""
