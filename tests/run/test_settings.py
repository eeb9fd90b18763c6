"""What a configuration is refused for before anything is fetched, loaded or timed."""

import os

import pytest
import wandb
from hydra import compose, initialize_config_dir

from kunster.errors import UserError
from kunster.loggers import choice as logs
from kunster.run.__main__ import CONF, resolved
from kunster.run.settings import check_config


def check(*overrides: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = resolved(compose("config", ["+experiment=scream", *overrides]))
    check_config(config)


@pytest.mark.parametrize(
    ("override", "allowed"),
    [
        ("objective.perceptual.size=250", "must be a multiple of 4 from 64 up"),
        ("objective.perceptual.size=60", "must be a multiple of 4 from 64 up"),
        ("objective.perceptual.size=256.0", "must be a multiple of 4 from 64 up"),
        ("seed=-1", "must be a whole number from 0 up, less than 2^64"),
        ("seed=18446744073709551616", "must be a whole number from 0 up, less than 2^64"),
        ("seed=0.5", "must be a whole number from 0 up, less than 2^64"),
        ("clips.seed=-1", "must be a whole number from 0 up, less than 2^64"),
        ("trainer.threads=-1", "must be a whole number from 1 up, or null, torch's choice"),
        ("trainer.threads=0", "must be a whole number from 1 up, or null, torch's choice"),
    ],
)
def test_numbers_that_cannot_be_are_refused_before_any_work(override, allowed):
    with pytest.raises(UserError) as refused:
        check(override)
    assert str(refused.value) == f"{override}: {allowed}"


def test_the_outermost_numbers_that_can_be_are_taken():
    check("objective.perceptual.size=64", "seed=18446744073709551615", "trainer.threads=1")


def test_the_crops_of_a_stage_that_is_not_trained_may_have_any_size():
    check("objective.perceptual.size=250", "stages=[temporal]")


@pytest.fixture
def account(monkeypatch, tmp_path):
    """Gives W&B an account on a server that is not there, or none wherever it looks for one."""

    def set_up(known: bool) -> None:
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:1")
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40 if known else "")
        logs._has_account.cache_clear()

    yield set_up
    logs._has_account.cache_clear()


@pytest.mark.parametrize(
    ("overrides", "refusal"),
    [
        (["logger.kind=paper"], "logger.kind=paper: must be wandb, tensorboard or csv"),
        (["logger.mode=sometimes"], "logger.mode=sometimes: must be offline, online or disabled"),
        (["logger.mode=online"], "logger.mode=online: no W&B account on this machine; "),
    ],
)
def test_a_logger_that_cannot_be_is_refused_before_any_work(account, overrides, refusal):
    account(known=False)
    with pytest.raises(UserError) as refused:
        check("logger=wandb", *overrides)
    assert str(refused.value).startswith(refusal)


def test_other_loggers_need_no_account(account):
    account(known=False)
    for logger in ("csv", "tensorboard", "wandb"):  # W&B is offline unless asked otherwise
        check(f"logger={logger}")


def test_an_account_is_looked_for_once_and_nothing_of_that_is_left_to_the_runs(
    account, monkeypatch
):
    account(known=True)
    login, asked = wandb.login, []
    monkeypatch.setattr(wandb, "login", lambda **how: asked.append(how) or login(**how))
    for alpha in (0.25, 0.5):  # the points of a sweep
        check("logger=wandb", "logger.mode=online", f"alpha={alpha}")
    assert len(asked) == 1
    assert "WANDB_SERVICE" not in os.environ
