"""The two training objectives of the paper as LightningModules: a step and an optimiser each."""
