"""What a configuration is refused for before anything is fetched, loaded or timed."""

import pytest
from hydra import compose, initialize_config_dir

from kunster.errors import UserError
from kunster.pipeline import check_config
from kunster.run import CONF, resolved


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
