import cv2
import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from kunster.callbacks.preview import Preview
from kunster.pictures.stages_strip import stages_strip


def flat(*colours: tuple[float, float, float], size=(64, 80)) -> torch.Tensor:
    return torch.tensor(colours)[:, :, None, None].expand(-1, -1, *size)


RED, GREEN, BLUE = (1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)


def test_the_last_strip_is_kept_and_none_before(tmp_path, trainer, module):
    painting, photos = flat(BLUE)[0], flat(RED, GREEN)
    earlier = {"stage 1": flat(GREEN, BLUE)}
    path = tmp_path / "preview.png"
    preview = Preview(painting, photos, earlier, "stage 2", path, every=1)
    trainer.global_step = 1
    preview.on_train_batch_end(trainer, module, None, None, 0)
    assert not path.exists()
    preview.write(module)
    # the network of the fixture is the identity: it changes nothing
    expected = stages_strip(painting, photos, {**earlier, "stage 2": photos})
    np.testing.assert_array_equal(cv2.imread(str(path))[..., ::-1], expected)


def test_tensorboard_gets_a_strip_every_so_many_steps(tmp_path, trainer, module):
    photos = flat(RED, GREEN)
    preview = Preview(photos[0], photos, {}, "stage 1", tmp_path / "preview.png", every=20)
    board = TensorBoardLogger(tmp_path, name="tensorboard", version="perceptual")
    trainer.loggers = [board]
    for trainer.global_step in range(1, 46):
        preview.on_train_batch_end(trainer, module, None, None, 0)
    board.finalize("success")
    events = EventAccumulator(board.log_dir, {"images": 0}).Reload()
    shown = events.Images("preview")
    assert [event.step for event in shown] == [20, 40]
    picture = cv2.imdecode(np.frombuffer(shown[1].encoded_image_string, np.uint8), 1)
    expected = stages_strip(photos[0], photos, {"stage 1": photos})
    np.testing.assert_array_equal(picture[..., ::-1], expected)
