"""Shipped styles: listed, drawn on a sheet, and style targets of other pictures."""
