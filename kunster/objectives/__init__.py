"""The two training objectives of the paper as LightningModules: a step and an optimiser each."""

from kunster.objectives.optimisation import adam_by_fan_in, constant, one_cycle
from kunster.objectives.perceptual import PerceptualObjective
from kunster.objectives.temporal import TemporalObjective

__all__ = ["PerceptualObjective", "TemporalObjective", "adam_by_fan_in", "constant", "one_cycle"]
