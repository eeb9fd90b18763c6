"""`kunster completion`: what a shell completes after `kunster`."""
