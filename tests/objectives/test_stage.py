"""What both stages share: the gradient's bound, what is logged, what is refused."""

from functools import partial

import lightning as L
import pytest
import torch
from torch.utils.data import DataLoader

from kunster.data.style import OpenStyle
from kunster.errors import UserError
from kunster.networks.mixing import fold
from kunster.networks.model_file import as_stylizer
from kunster.networks.stored import StoredNetwork
from kunster.networks.stylizer import multistyle
from kunster.objectives.optimisation import one_cycle
from kunster.objectives.stage import MOST_GRADIENT, StageObjective, in_turn

from ..small_stages import small_stage


class Steep(StageObjective):
    """A plane whose slope is the batch's number in every direction."""

    def __init__(self, network: torch.nn.Module) -> None:
        L.LightningModule.__init__(self)
        self.network, self.steps, self.schedule = network, 1, one_cycle
        self.optimizer = partial(torch.optim.Adam, lr=0.01)
        self.description = {}

    def setup(self, stage):
        pass

    def losses(self, batch, turn=0, styles=None):
        return {"loss": batch.sum() * sum(p.sum() for p in self.network.parameters())}


@pytest.mark.parametrize(("slope", "norm"), [(1e6, MOST_GRADIENT), (2.0, 4.0)])
def test_a_gradient_keeps_its_direction_and_no_more_than_a_given_norm(slope, norm, monkeypatch):
    network = torch.nn.Linear(3, 1)  # 3 weights and a bias: the norm is twice the slope
    seen = []
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
    trainer.fit(Steep(network), DataLoader(torch.tensor([slope])))
    assert trainer.logged_metrics["train/gradient_norm"] == pytest.approx(2 * slope)
    gradient = torch.cat([each.flatten() for each in seen[0]])
    assert gradient.norm() == pytest.approx(norm, rel=1e-5)
    assert torch.equal(gradient, gradient[0].expand(4))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"steps": 0}, "steps=0: must be a whole number from 1 up"),
        ({"surround": 63}, "surround=63: must be from 0 to 62, "),
        ({"optimizer": partial(torch.optim.Adam, lr=-1)}, "optimizer: Invalid learning rate"),
        ({"schedule": partial(one_cycle, warmup=2)}, "schedule: Expected float between 0 and 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(UserError, match=f"^{said}"):
        small_stage("perceptual", **settings)


def test_the_perceptual_network_given_keeps_its_number_format():
    stage = small_stage(
        "perceptual", perceptual=(given := small_stage("perceptual").loss.perceptual)
    )
    stage.use_precision("bf16-mixed")
    assert {buffer.dtype for buffer in stage.loss.perceptual.buffers()} >= {torch.bfloat16}
    assert torch.bfloat16 not in {buffer.dtype for buffer in given.buffers()}


def test_every_round_has_each_style_once_in_another_order():
    rounds = in_turn(0, 60, 6).view(10, 6)
    assert all(sorted(each) == list(range(6)) for each in rounds.tolist())
    assert len({tuple(each) for each in rounds.tolist()}) > 5
    assert torch.equal(in_turn(13, 4, 6), in_turn(0, 60, 6)[13:17])


def test_pictures_of_two_styles_cost_what_they_cost_alone():
    paintings = [OpenStyle(torch.rand(1, 3, 64, 64), {}) for _ in range(2)]
    network = multistyle(styles=("a", "b"))
    torch.nn.init.normal_(network.encoder[0][1].bias)
    both = small_stage("perceptual", network=network, paintings=paintings)
    both.loss.terms["style"].balance.fill_(1)  # with one painting there is none
    photos = torch.randint(256, (2, 3, 64, 64), dtype=torch.uint8)
    found = both.losses(photos, styles=torch.tensor([1, 0]))
    alone = []
    for number, style in enumerate((1, 0)):
        plain = as_stylizer(fold(StoredNetwork.of(network), [1.0 - style, style]))
        stage = small_stage("perceptual", network=plain, paintings=[paintings[style]])
        alone.append(stage.losses(photos[number : number + 1]))
    for name, value in found.items():
        mean = (alone[0][name] + alone[1][name]) / 2
        torch.testing.assert_close(value, mean, rtol=1e-4, atol=1e-5)
