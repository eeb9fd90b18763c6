"""The objectives in a trainer of somebody else, without our configurations."""

from functools import partial

import lightning as L
import numpy as np
import torch
from torch.utils.data import DataLoader

import kunster
from kunster.data.style import open_style
from kunster.losses import Content, Grid, Style, TotalVariation
from kunster.networks.stylizer import dilated
from kunster.objectives import PerceptualObjective, one_cycle

from ..thin_vgg import thin_vgg


def test_a_network_learns_in_a_bare_trainer_and_paints_afterwards(tmp_path):
    torch.manual_seed(0)
    photos = torch.randint(256, (8, 3, 64, 64), dtype=torch.uint8)
    objective = PerceptualObjective(
        {"content": Content(1), "style": Style(1), "tv": TotalVariation(1), "grid": Grid(10)},
        steps=20,
        optimizer=partial(torch.optim.Adam, lr=0.01),
        schedule=one_cycle,
        network=dilated(alpha=0.125),
        perceptual=thin_vgg(),
        paintings=[open_style("scream", 96)],
        sample=photos,
    )
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = L.Trainer(
        max_steps=20, accelerator="cpu", default_root_dir=tmp_path, log_every_n_steps=1, **quiet
    )
    with torch.no_grad():
        before = objective.losses(photos)["loss"]
    trainer.fit(objective, DataLoader(photos, batch_size=4))
    assert trainer.callback_metrics.keys() >= {"train/loss", "train/content", "train/style"}
    with torch.no_grad():
        assert objective.losses(photos)["loss"] < before
    picture = np.random.default_rng(0).integers(0, 256, (64, 72, 3), np.uint8)
    assert kunster.load(objective.network)(picture).shape == picture.shape
