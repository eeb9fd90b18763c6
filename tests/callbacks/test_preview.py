from pathlib import Path
from types import SimpleNamespace

import cv2
import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.utils.data import DataLoader

from kunster.callbacks.preview import Preview
from kunster.errors import UserError
from kunster.networks.stylizer import stylize
from kunster.objectives.stage import StageObjective
from kunster.pictures.images import as_bytes, write_png
from kunster.pictures.stages_strip import stages_strip

from ..random_networks import describe, random_network


def flat(*colours: tuple[float, float, float], size=(64, 80)) -> torch.Tensor:
    return torch.tensor(colours)[:, :, None, None].expand(-1, -1, *size)


RED, GREEN, BLUE = (1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)
PHOTOS = flat(RED, GREEN)


@pytest.fixture
def preview(clock):
    found = Preview(every_n_steps=20, first_seconds=10, every_n_seconds=60)
    found.pictures = dict(zip(("red", "green"), map(as_bytes, PHOTOS), strict=True))
    return found


@pytest.fixture
def module(module):
    module.pictures = [flat(BLUE)[0]]
    return module


def run_in(trainer, folder: Path) -> Path:
    """The preview of a stage trained in that folder."""
    folder.mkdir()
    trainer.default_root_dir = str(folder)
    return folder / "preview.png"


def steps(trainer, module, preview, numbers):
    for trainer.global_step in numbers:
        preview.on_train_batch_end(trainer, module, None, None, 0)


def assert_shows(path, expected):
    np.testing.assert_array_equal(cv2.imread(str(path))[..., ::-1], expected)


def test_a_strip_is_there_after_the_first_seconds_and_follows(
    tmp_path, trainer, module, preview, clock
):
    path = run_in(trainer, tmp_path / "perceptual")
    preview.on_train_start(trainer, module)
    clock.now += 9.9
    steps(trainer, module, preview, [1, 2])
    assert not path.exists()
    clock.now += 0.1
    steps(trainer, module, preview, [3])
    # the network of the fixture is the identity: it changes nothing
    assert_shows(path, stages_strip(module.pictures[0], PHOTOS, {"stage 1": PHOTOS}))
    assert preview.looked_at == preview.logged_at == 3
    module.network = Darker()
    dark = stages_strip(module.pictures[0], PHOTOS, {"stage 1": PHOTOS / 2})
    clock.now += 59.9
    steps(trainer, module, preview, [4])
    assert preview.looked_at == 3
    clock.now += 0.1
    steps(trainer, module, preview, [5])
    assert (preview.looked_at, preview.logged_at) == (5, 3)
    assert_shows(path, dark)


def test_a_strip_is_written_in_turn_and_at_the_end(tmp_path, trainer, module, preview):
    path = run_in(trainer, tmp_path / "perceptual")
    steps(trainer, module, preview, range(1, 20))
    assert not path.exists()
    steps(trainer, module, preview, [20])
    assert path.exists()
    module.network, trainer.global_step = Darker(), 25
    preview.on_fit_end(trainer, module)
    assert_shows(path, stages_strip(module.pictures[0], PHOTOS, {"stage 1": PHOTOS / 2}))


class Darker(nn.Module):
    def forward(self, frames):
        return frames / 2


class Careful(StageObjective):
    """Learns with all that a look could disturb: noise, a mode, running means."""

    def __init__(self) -> None:
        L.LightningModule.__init__(self)
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.Dropout(0.5))
        self.loss = SimpleNamespace(terms={})
        self.pictures = [flat(BLUE)[0]]

    def setup(self, stage):
        """No perceptual network here."""

    def losses(self, batch, turn=0, styles=None):
        return {"loss": (self.network(batch) - 1).square().mean()}

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.02)

    def train_dataloader(self):
        return DataLoader(torch.rand(40, 3, 16, 16), batch_size=4, shuffle=True)


def test_looks_change_nothing_of_what_is_trained(tmp_path, preview):
    states = []
    preview.every = 1
    for number, callbacks in enumerate(([], [preview])):
        stage = Careful()
        folder = tmp_path / str(number) / "perceptual"
        quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        trainer = L.Trainer(
            max_steps=8,
            accelerator="cpu",
            callbacks=callbacks,
            default_root_dir=folder,
            enable_model_summary=False,
            **quiet,
        )
        trainer.fit(stage)
        assert (folder / "preview.png").exists() == bool(callbacks)
        states.append(stage.state_dict() | {"random": torch.get_rng_state()})
    plain, looked_at = states
    assert all(torch.equal(value, looked_at[name]) for name, value in plain.items())


def test_the_losses_are_drawn_at_each_preview_and_at_the_end(tmp_path, trainer, module, preview):
    path = run_in(trainer, tmp_path / "perceptual").with_name("curve.png")
    preview.on_fit_end(trainer, module)
    assert not path.exists()  # there is no curve
    path.with_name("curve.csv").write_text("step,loss,learning_rate\n10,8,0.1\n20,4,0.1\n")
    for step in (10, 20):
        steps(trainer, module, preview, [step])
        assert path.exists() == (step == 20)
    shown = cv2.imread(str(path))
    assert (shown[0, 0] == 255).all()
    path.unlink()
    preview.on_fit_end(trainer, module)
    np.testing.assert_array_equal(cv2.imread(str(path)), shown)


def test_a_strip_has_the_stages_before(tmp_path, trainer, module, preview):
    description = describe()
    network = random_network(description)
    run_in(trainer, tmp_path / "perceptual")
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    saved = {"state_dict": state, "description": description.to_metadata()}
    torch.save(saved, tmp_path / "perceptual" / "last.ckpt")
    run_in(trainer, tmp_path / "temporal")
    rows = {"stage 1": stylize(network, PHOTOS), "stage 2": PHOTOS}
    expected = stages_strip(module.pictures[0], PHOTOS, rows)
    np.testing.assert_array_equal(preview.strip(trainer, module), expected)


def test_tensorboard_gets_the_first_strip_and_every_so_many_steps(
    tmp_path, trainer, module, preview, clock
):
    run_in(trainer, tmp_path / "perceptual")
    board = TensorBoardLogger(tmp_path, name="tensorboard", version="perceptual")
    trainer.loggers = [board]
    for step in range(1, 46):
        clock.now += 1
        steps(trainer, module, preview, [step])
    board.finalize("success")
    events = EventAccumulator(board.log_dir, {"images": 0}).Reload()
    shown = events.Images("preview")
    assert [event.step for event in shown] == [10, 20, 40]
    picture = cv2.imdecode(np.frombuffer(shown[2].encoded_image_string, np.uint8), 1)
    np.testing.assert_array_equal(picture[..., ::-1], preview.strip(trainer, module))
    assert [event.step for event in events.Images("preview/green")] == [10, 20, 40]


def test_photos_of_ones_own_are_cut_to_the_size_and_the_first_four_are_painted(tmp_path):
    """A landscape format keeps its middle, a portrait format what is above its middle."""
    wide, high = np.zeros((100, 400, 3), np.uint8), np.zeros((400, 100, 3), np.uint8)
    wide[:, 150:250] = 255
    high[80:160] = 255
    for name, picture in zip("fabcde", (high, wide, high, wide, high, wide), strict=True):
        write_png(picture, tmp_path / f"{name}.png")
    preview = Preview(size=(64, 64), photos=str(tmp_path))
    assert list(preview.pictures) == ["a.png", "b.png", "c.png", "d.png"]
    assert preview.photos.shape == (4, 3, 64, 64)
    assert preview.photos[0, :, :, 2:-2].min() == 1  # the square in the middle alone
    assert preview.photos[1].mean() > 0.5


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_photos_that_are_none_are_named(tmp_path, content):
    if content:
        (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(UserError, match=r"photos=.*(no pictures there|a\.jpg: )"):
        Preview(photos=str(tmp_path))
