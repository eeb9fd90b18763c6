"""Image-to-image networks: the Kunster stylizer, its baselines and the layouts of Table II."""
