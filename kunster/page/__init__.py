"""A static page that runs networks live in the browser: `python -m kunster.page`."""
