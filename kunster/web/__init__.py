"""What all HTML pages share: style sheet, logo, head, line between two pictures, words."""
