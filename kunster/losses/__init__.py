"""Losses: pure functions of tensors, terms made of them, and frozen perceptual networks."""

from kunster.losses.grid import grid_power
from kunster.losses.palette import palette_distance
from kunster.losses.perceptual import (
    content_loss,
    gram,
    light_loss,
    moments,
    style_loss,
    total_variation,
)
from kunster.losses.temporal import feature_loss, output_loss
from kunster.losses.term import Step, Term
from kunster.losses.terms import (
    Content,
    FeatureConsistency,
    Grid,
    Light,
    OutOfRange,
    OutputConsistency,
    Palette,
    Style,
    TotalVariation,
)
from kunster.losses.vgg import load_vgg16, load_vgg19

__all__ = [
    "Content",
    "FeatureConsistency",
    "Grid",
    "Light",
    "OutOfRange",
    "OutputConsistency",
    "Palette",
    "Step",
    "Style",
    "Term",
    "TotalVariation",
    "content_loss",
    "feature_loss",
    "gram",
    "grid_power",
    "light_loss",
    "load_vgg16",
    "load_vgg19",
    "moments",
    "output_loss",
    "palette_distance",
    "style_loss",
    "total_variation",
]
