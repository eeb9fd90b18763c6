"""Stages of training on pictures of 64 pixels, built without a configuration."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from kunster.data.style import OpenStyle
from kunster.losses.term import Term
from kunster.losses.terms import (
    Content,
    FeatureConsistency,
    OutputConsistency,
    Style,
    TotalVariation,
)
from kunster.networks.stylizer import kunster
from kunster.objectives.optimisation import adam_by_fan_in, one_cycle
from kunster.objectives.perceptual import PerceptualObjective
from kunster.objectives.stage import StageObjective
from kunster.objectives.temporal import TemporalObjective

from .thin_vgg import thin_vgg

KINDS = {"perceptual": PerceptualObjective, "temporal": TemporalObjective}


def terms_of(stage: str) -> dict[str, Term]:
    terms: dict[str, Term] = {"content": Content(1), "style": Style(1), "tv": TotalVariation(1)}
    if stage == "temporal":
        terms |= {"output": OutputConsistency(300), "feature": FeatureConsistency(0.5)}
    return terms


def small_stage(
    stage: str, terms: Mapping[str, Term] | None = None, **settings: Any
) -> StageObjective:
    """A stage of id 14 with a random painting, or with what `settings` has instead."""
    torch.manual_seed(0)
    sample = torch.randint(256, (2, 3, 64, 64), dtype=torch.uint8)
    settings = {
        "steps": 10,
        "optimizer": partial(adam_by_fan_in, lr=0.01, fused=True),
        "schedule": one_cycle,
        "network": kunster(),
        "perceptual": thin_vgg(),
        "paintings": [OpenStyle(sample[:1] / 255, {})],
        "sample": sample,
        **settings,
    }
    return KINDS[stage](terms_of(stage) if terms is None else terms, **settings)
