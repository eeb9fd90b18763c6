from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from kunster.callbacks.preview import Preview
from kunster.networks.stylizer import stylize
from kunster.pictures.stages_strip import stages_strip

from ..random_networks import describe, random_network


def flat(*colours: tuple[float, float, float], size=(64, 80)) -> torch.Tensor:
    return torch.tensor(colours)[:, :, None, None].expand(-1, -1, *size)


RED, GREEN, BLUE = (1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)
PHOTOS = flat(RED, GREEN)


@pytest.fixture
def preview():
    found = Preview(every_n_steps=20)
    found.photos = PHOTOS
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


def test_the_last_strip_is_kept_and_none_before(tmp_path, trainer, module, preview):
    path = run_in(trainer, tmp_path / "perceptual")
    trainer.global_step = 20
    preview.on_train_batch_end(trainer, module, None, None, 0)
    assert not path.exists()
    preview.on_fit_end(trainer, module)
    # the network of the fixture is the identity: it changes nothing
    expected = stages_strip(module.pictures[0], PHOTOS, {"stage 1": PHOTOS})
    np.testing.assert_array_equal(cv2.imread(str(path))[..., ::-1], expected)


def test_the_losses_are_drawn_at_each_preview_and_at_the_end(tmp_path, trainer, module, preview):
    path = run_in(trainer, tmp_path / "perceptual").with_name("curve.png")
    preview.on_fit_end(trainer, module)
    assert not path.exists()  # there is no curve
    path.with_name("curve.csv").write_text("step,loss,learning_rate\n10,8,0.1\n20,4,0.1\n")
    for trainer.global_step in (10, 20):
        preview.on_train_batch_end(trainer, module, None, None, 0)
        assert path.exists() == (trainer.global_step == 20)
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


def test_tensorboard_gets_a_strip_every_so_many_steps(tmp_path, trainer, module, preview):
    run_in(trainer, tmp_path / "perceptual")
    board = TensorBoardLogger(tmp_path, name="tensorboard", version="perceptual")
    trainer.loggers = [board]
    for trainer.global_step in range(1, 46):
        preview.on_train_batch_end(trainer, module, None, None, 0)
    board.finalize("success")
    events = EventAccumulator(board.log_dir, {"images": 0}).Reload()
    shown = events.Images("preview")
    assert [event.step for event in shown] == [20, 40]
    picture = cv2.imdecode(np.frombuffer(shown[1].encoded_image_string, np.uint8), 1)
    np.testing.assert_array_equal(picture[..., ::-1], preview.strip(trainer, module))
