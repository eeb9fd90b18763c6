"""Files that `torch.save` wrote, whoever reads them: nothing in them is executed."""

import os

import pytest
import torch

from kunster.data.flow_estimators import flow_estimator
from kunster.errors import UserError
from kunster.losses.weights import load_vgg
from kunster.networks.model_file import load_model
from kunster.networks.start import load_start

from ..random_networks import describe


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def start(path):
    return load_start(path, describe(), torch.zeros(2, 3, 64, 64))


def flow(path):
    return flow_estimator(str(path))


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("read", [load_model, start, load_vgg, flow])
def test_a_pickle_that_executes_something_is_refused_unexecuted(tmp_path, read, zipped):
    path = tmp_path / ("evil.ckpt" if read is load_model else "evil.pth")
    content = {"state_dict": {"network.a": torch.zeros(1)}, "x": Bomb(tmp_path / "executed")}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    said = "RAFT-small" if read is flow else "nothing in it was executed"
    with pytest.raises(UserError, match=rf"evil\.\w+: .*{said}"):
        read(path)
    assert not (tmp_path / "executed").exists()
