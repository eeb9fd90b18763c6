"""Quality measures of stylization: style, content, stability, bubbles and grids."""
