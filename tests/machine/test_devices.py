"""Several devices train what one would; who writes, who starts them, what cannot be shared."""

import json
import os
import signal

import pytest
import torch
from lightning.fabric.plugins.environments import LightningEnvironment, SLURMEnvironment
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy

from kunster.errors import UserError
from kunster.machine.devices import cluster_environment, rank_of
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config

from ..small_runs import SMALL, begin, run_short, small_photos, small_run, trained, wait_for

TWO = ["trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu"]
STEPS = [
    *("photos.batch=4", "clips.batch=4", "export.enabled=false"),
    *("objective.perceptual.steps=8", "objective.temporal.steps=6"),
    "objective.temporal.terms.feature.weight=0.5",
    # gradients are near 1000 at first; with its own 1e-8 Adam makes whole steps of the rounding
    # errors where one is 0, as that of a bias before an instance norm is; such steps grow
    *(f"+objective.{stage}.optimizer.eps=1000" for stage in ("perceptual", "temporal")),
]


@pytest.fixture
def words(tmp_path):
    (tmp_path / "photos").mkdir()
    photos = small_photos(tmp_path / "photos")
    return lambda name, *more: small_run(photos, f"hydra.run.dir={tmp_path / name}", *more)


@pytest.mark.slow
def test_two_processes_end_where_one_does_and_one_of_them_writes(words, tmp_path):
    done = run_short(*words("two", *STEPS, *TWO), OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("of Table II") == 1
    trained(tmp_path / "photos", tmp_path / "one", *STEPS)
    weights = []
    for stage in ("perceptual", "temporal"):
        one, two = (
            torch.load(tmp_path / name / stage / "last.ckpt", weights_only=True)["state_dict"]
            for name in ("one", "two")
        )
        for name, tensor in one.items():
            torch.testing.assert_close(two[name], tensor, rtol=0, atol=3e-5, msg=name)
        weights.append(torch.cat([tensor.flatten() for tensor in one.values()]))
        ours, theirs = (
            sorted(path.name for path in (tmp_path / name / stage).iterdir())
            for name in ("one", "two")
        )
        assert ours == theirs
    assert (weights[1] - weights[0]).abs().max() > 1e-4
    one, two = (
        json.loads((tmp_path / name / "results.json").read_text()) for name in ("one", "two")
    )
    for stage, figures in one["stages"].items():
        assert two["stages"][stage]["steps"] == figures["steps"]
        # each process logs the mean over its own half of the batch
        assert two["stages"][stage]["loss"] == pytest.approx(figures["loss"], rel=0.3)


@pytest.mark.slow
def test_a_signal_to_the_first_ends_all(words, tmp_path):
    long = ["stages=[perceptual]", "objective.perceptual.steps=3000", "export.enabled=false"]
    os.mkfifo(tmp_path / "stderr")
    stderr = os.open(tmp_path / "stderr", os.O_RDONLY | os.O_NONBLOCK)
    process = begin(
        *words("run", *TWO, *long, "callbacks.checkpoint.every_n_train_steps=5"),
        said=tmp_path,
        KUNSTER_CACHE=str(tmp_path),
        OMP_NUM_THREADS="1",
    )
    wait_for(tmp_path / "run" / "perceptual" / "last.ckpt", process)
    os.kill(process.pid, signal.SIGTERM)
    process.join()
    os.set_blocking(stderr, True)
    with open(stderr) as file:
        said = file.read()  # until the last of them has closed it
    assert process.exitcode == 130, said
    assert said.count("the same command with resume=true goes on") == 1
    assert "Traceback" not in said


def test_a_batch_that_cannot_be_shared_is_refused_before_anything_is_written(words, tmp_path):
    done = run_short(*words("run", *TWO, "photos.batch=3"))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "photos.batch=3: 2 devices share it, so it must be a multiple of 2"
    ]
    assert not any((tmp_path / "run").iterdir())


def test_a_multirun_that_every_process_would_start_again_is_refused(words, tmp_path):
    asked = [*TWO, "clips.batch=2", "alpha=0.125"]
    command = words("run", *asked, f"hydra.sweep.dir={tmp_path / 'runs'}")
    refused = run_short(*command[:3], "--multirun", *command[3:])
    assert refused.returncode == 2
    said = (
        "trainer=ddp starts this command once for each device: of several runs make a sweep, "
        "`kunster sweep`, or jobs, hydra/launcher=slurm"
    )
    assert f"{tmp_path / 'runs' / 'a0.125_b0.5'}: {said}" in refused.stderr.splitlines()
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.glob("runs/*/*"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["trainer.strategy=ddp2"], "trainer: You selected an invalid strategy name"),
        (["trainer.devices=0"], r"trainer: `Trainer\(devices=0\)` value is not a valid input"),
        (["trainer.num_nodes=0"], "trainer: `num_nodes` must be a positive integer"),
        (["trainer.num_nodes=1.5"], "trainer.num_nodes=1.5: must be a whole number"),
    ],
)
def test_devices_that_there_cannot_be_are_refused(asked, said):
    words = ["+experiment=scream", *SMALL, *TWO, "photos.path=.", *asked]
    with pytest.raises(UserError, match=f"^{said}"):
        check_config(resolved(composed(words)))


def test_ddp_takes_every_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert composed(["+experiment=scream", "trainer=ddp"]).trainer.devices == 4


def ddp(devices: int, nodes: int) -> DDPStrategy:
    """The strategy of a trainer, before its processes have met."""
    strategy = DDPStrategy(cluster_environment=cluster_environment(devices, nodes))
    strategy.parallel_devices = [torch.device("cpu")] * devices
    return strategy


def test_slurm_numbers_the_processes(monkeypatch):
    variables = {"NTASKS": 8, "NTASKS_PER_NODE": 4, "NODEID": 1, "LOCALID": 2, "PROCID": 6}
    for name, value in variables.items():
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    environment = cluster_environment(4, 2)
    assert isinstance(environment, SLURMEnvironment)
    assert not environment.auto_requeue
    assert rank_of(ddp(4, 2)) == 6
    assert rank_of(SingleDeviceStrategy()) == 0  # a run of its own, however many tasks there are
    assert isinstance(cluster_environment(), LightningEnvironment)
    with pytest.raises(UserError, match="Slurm started 8 tasks, it takes 2"):
        cluster_environment(2, 1)


def test_a_node_without_a_cluster_counts_its_processes_from_the_nodes_before(monkeypatch):
    for name, value in {"NODE_RANK": "1", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert rank_of(ddp(2, 2)) == 3
