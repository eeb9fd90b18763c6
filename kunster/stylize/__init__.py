"""`python -m kunster.stylize`: paints pictures, videos and cameras."""
