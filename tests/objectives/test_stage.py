"""What both stages share: no single gradient weighs more than `MOST_GRADIENT`."""

import lightning as L
import pytest
import torch
from torch.utils.data import DataLoader

from kunster.objectives.stage import MOST_GRADIENT, StageObjective, adam_by_fan_in, one_cycle


class Steep(StageObjective):
    """A plane whose slope is the batch's number in every direction."""

    def losses(self, batch, turn=0):
        return {"loss": batch.sum() * sum(p.sum() for p in self.network.parameters())}


@pytest.mark.parametrize(("slope", "norm"), [(1e6, MOST_GRADIENT), (2.0, 4.0)])
def test_a_gradient_keeps_its_direction_and_no_more_than_a_given_norm(slope, norm, monkeypatch):
    network = torch.nn.Linear(3, 1)  # 3 weights and a bias: the norm is twice the slope
    seen = []
    stage = Steep(network, lambda parameters: adam_by_fan_in(parameters, 0.01), one_cycle)
    monkeypatch.setattr(
        torch.optim.Adam,
        "step",
        lambda self, closure: [closure(), seen.append([p.grad for p in network.parameters()])],
    )
    trainer = L.Trainer(
        max_steps=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(stage, DataLoader(torch.tensor([slope])))
    gradient = torch.cat([each.flatten() for each in seen[0]])
    assert gradient.norm() == pytest.approx(norm, rel=1e-5)
    assert torch.equal(gradient, gradient[0].expand(4))
