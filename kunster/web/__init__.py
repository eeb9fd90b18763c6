"""Parts of all HTML pages: style sheet, logo, head, line between two pictures, words."""
