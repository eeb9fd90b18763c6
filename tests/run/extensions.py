"""A user's own network, photos and callbacks, of classes that Kunster does not know."""

import os
import time
from pathlib import Path

import lightning as L
import numpy as np
from torch import Tensor, nn

from kunster.data.photo_modules import PhotoModule
from kunster.data.scenes import scene
from kunster.networks.kinds import KINDS, Kind


class Net(nn.Module):
    """One convolution, with the two halves that the objectives ask for."""

    def __init__(self, kernel: int = 3) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(3, 8, kernel, padding=kernel // 2)
        self.decoder = nn.Conv2d(8, 3, kernel, padding=kernel // 2)

    def encode(self, frames: Tensor) -> Tensor:
        return self.encoder(frames)

    def decode(self, features: Tensor) -> Tensor:
        return self.decoder(features)

    def forward(self, frames: Tensor) -> Tensor:
        return self.decode(self.encode(frames))


KINDS["Net"] = Kind(Net)


class Scenes(PhotoModule):
    """Drawn scenes."""

    def __init__(self, count: int = 2, **crops: object) -> None:
        super().__init__(**crops)
        self.count = count

    def load_photos(self) -> list[np.ndarray]:
        return [scene(number, size=96) for number in range(self.count)]


class Crash(L.Callback):
    """Fails in stage 2, once it has made so many steps."""

    def __init__(self, after: int) -> None:
        self.after = after

    def on_train_batch_end(self, trainer, module, outputs, batch, index) -> None:
        stage = Path(trainer.default_root_dir).name
        if stage == "temporal" and trainer.global_step == self.after:
            raise RuntimeError(f"crashed in {stage}")


class Meet(L.Callback):
    """Holds training back until so many runs are about to begin theirs."""

    def __init__(self, place: str, runs: int, seconds: float = 120.0) -> None:
        self.place, self.runs, self.seconds = Path(place), runs, seconds

    def on_fit_start(self, trainer, module) -> None:
        (self.place / str(os.getpid())).touch()
        deadline = time.monotonic() + self.seconds
        while len(list(self.place.iterdir())) < self.runs:
            assert time.monotonic() < deadline, f"alone for {self.seconds} s"
            time.sleep(0.01)


class Count(L.Callback):
    """Writes the number of steps and the trainer's bound on gradients into the stage's folder."""

    def on_fit_end(self, trainer, module) -> None:
        found = f"{trainer.global_step} {trainer.gradient_clip_val}"
        (Path(trainer.default_root_dir) / "count.txt").write_text(found)
