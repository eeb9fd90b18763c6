"""`kunster run`: trains a style, stage by stage, as a Hydra configuration says."""
