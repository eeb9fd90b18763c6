"""A static page that runs networks live in the browser: `kunster page`."""
