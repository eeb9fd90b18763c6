"""Configurations that are refused before anything is fetched, loaded or timed."""

import copy
import os
import socket

import pytest
import wandb
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from kunster.errors import UserError
from kunster.loggers import account as accounts
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config


def check(*overrides: str) -> dict:
    return check_config(resolved(composed(["+experiment=scream", *overrides])))[0]


@pytest.fixture(scope="module")
def whole() -> DictConfig:
    return composed(["+experiment=scream", "photos=folder", "photos.path=/photos"])


def changed(config: DictConfig, word: str) -> DictConfig:
    """The configuration with a value changed as Hydra does it, composed anew only where it must.

    Composing takes longer than all that is checked afterwards.
    """
    name, _, value = word.partition("=")
    plain = name[0] not in "+~" and value != "???" and "=" not in value
    if not plain or isinstance(OmegaConf.select(config, name), DictConfig | None):
        return composed(["+experiment=scream", "photos=folder", "photos.path=/photos", word])
    parsed = OverridesParser.create().parse_override(word)
    config = copy.deepcopy(config)
    OmegaConf.update(config, name, parsed.value())
    return config


@pytest.mark.parametrize(
    ("override", "says"),
    [
        # values of another type, or out of range, wherever they stand
        ("alpha=abc", "alpha=abc: must be a number or null"),
        ("alpha=0.3", "alpha=0.3: 32, 48 and 64 times alpha must be whole numbers"),
        ("beta=0.6", "beta=0.6: 4·beta must be a whole number of residual blocks"),
        ("layout=table3", "layout=table3: must be table2, table1 or null"),
        ("norm=batch", "norm=batch: must be instance, frn or null"),
        ("seed=-1", "seed=-1: must be a whole number, 0 or more"),
        ("seed=18446744073709551616", "seed=18446744073709551616: must be a whole number"),
        ("seed=0.5", "seed=0.5: must be a whole number"),
        ("resume=maybe", "resume=maybe: must be true or false"),
        ("fetch=maybe", "fetch=maybe: must be never, ask or always"),
        ("threads=0", "threads=0: must be a whole number or null, 1 or more"),
        ("stages=[]", "must be one or more of"),
        ("stages=[third]", "must be a list, each perceptual or temporal"),
        ("stages=perceptual", "stages=perceptual: must be a list"),
        ("style.size=abc", "style.size=abc: must be a whole number"),
        ("photos.size=250", "photos.size=250: must be a whole number, a multiple of 4"),
        ("photos.size=60", "photos.size=60: must be a whole number, 64 or more"),
        ("photos.size=256.5", "photos.size=256.5: must be a whole number"),
        ("photos.scale=[0.6]", "photos.scale=[0.6]: must be a list of 2, each a number"),
        ("photos.scale=[0.9,0.5]", "photos.scale=[0.9, 0.5]: must be two fractions"),
        ("photos.jitter=-1", "photos.jitter=-1: must be a number, 0.0 or more"),
        ("clips.seed=-1", "clips.seed=-1: must be a whole number, 0 or more"),
        ("clips.size=[60,64]", "clips.size=[60, 64]: must be a list of 2, each a whole number, 64"),
        ("clips.gaps=[0]", "clips.gaps=[0]: must be a list, each a whole number, 1 or more"),
        ("clips.strength=-3", "clips.strength=-3: must be a number, 0.0 or more"),
        (
            "objective.perceptual.terms.content.weight=heavy",
            "objective.perceptual.terms.content.weight=heavy: must be a number",
        ),
        ("objective.temporal.terms.output.weight=-1", "output.weight=-1: must be a number, 0"),
        ("objective.perceptual.steps=0", "perceptual.steps=0: must be a whole number, 1 or more"),
        ("objective.perceptual.steps=1.5", "steps=1.5: must be a whole number"),
        ("objective.temporal.surround=-2", "surround=-2: must be a whole number, 0 or more"),
        ("objective.perceptual.optimizer.lr=-1", "optimizer.lr=-1: must be a number, more than 0"),
        ("objective.perceptual.schedule.warmup=2", "warmup=2: must be a number, 1.0 or less"),
        ("callbacks.checkpoint.every_n_train_steps=0", "every_n_train_steps=0: must be a whole"),
        ("callbacks.acceleration.graphs=2", "graphs=2: must be true or false"),
        ("logger.wandb.mode=sometimes", "logger.wandb.mode=sometimes: must be offline, online"),
        ("trainer.accelerator=abacus", "must be auto, cpu, cuda or mps"),
        ("trainer.devices=two", "trainer: `devices`"),
        ("trainer.precision=12", "trainer.precision=12: must be 64, 32"),
        ("trainer.gradient_clip_val=big", "trainer.gradient_clip_val=big: must be"),
        # keys that nothing takes, and those that the run itself gives
        ("+alhpa=0.5", "alhpa=0.5: no such key; there are alpha, beta"),
        ("alhpa=0.5", "alhpa: no such key; did you mean alpha? There are "),
        ("export.targets=onnx", "export.targets: no such key; there are enabled"),
        ("+export.targets=onnx", "export.targets=onnx: no such key; enabled is one"),
        ("+photos.colour=red", "photos.colour=red: no such key; FolderPhotos takes"),
        ("+trainer.gradient_clip=1", "trainer.gradient_clip=1: no such key; Trainer takes"),
        ("+trainer.callbacks=[a]", "callbacks=['a']: they have a group of their own: +callbacks"),
        ("+trainer.max_steps=3", "max_steps=3: each stage has its own: objective.perceptual.steps"),
        # classes that are not there
        ("network._target_=mine.Net", "network._target_=mine.Net: cannot be imported"),
        ("photos._target_=kunster.nowhere", "photos._target_=kunster.nowhere: cannot be imported"),
        ("network._target_=torch.nn.Identity", "no registered kind of network"),
        (
            "+objective.perceptual.terms.mine._target_=kunster.losses.terms.Nope",
            "objective.perceptual.terms.mine._target_=kunster.losses.terms.Nope: cannot be",
        ),
        # parts that are not there, or do not say what they are
        ("~photos._target_", "photos._target_: missing: what is built, as package.module.Class"),
        ("~clips", "clips._target_: missing"),
        ("~objective.perceptual.optimizer._target_", "perceptual.optimizer._target_: missing"),
        ("~objective.perceptual.terms.tv._target_", "perceptual.terms.tv._target_: missing"),
        ("callbacks.curve=null", "callbacks.curve._target_: missing"),
        ("~stages", "stages: missing; conf/config.yaml has its default"),
        ("logger=null", "logger=null: must be one of csv, tensorboard, wandb"),
        # values that are still missing, options that do not exist, and no overrides at all
        ("photos.path=???", "photos.path=???: has no value yet; give it one"),
        ("style=nobody", "style=nobody: no such choice; there are composition_vii, "),
        ("style.image=a=b.png", "style.image=a=b.png: not an override"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(whole, override, says):
    with pytest.raises(UserError) as refused:
        check_config(resolved(changed(whole, override)))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_words_for_no_and_yes_mean_them():
    no = check("overwrite=no", "resume=off", "export.enabled=no")
    assert no["overwrite"] is no["resume"] is no["export"]["enabled"] is False
    assert no["callbacks"]["export"]["enabled"] is False
    yes = check("overwrite=yes", "resume=on", "callbacks.acceleration.graphs=1")
    assert yes["overwrite"] is yes["resume"] is yes["callbacks"]["acceleration"]["graphs"] is True


def test_the_outermost_numbers_that_can_be_are_taken():
    check("photos.size=64", "seed=18446744073709551615", "threads=1")


def test_parts_are_added_and_removed_by_name():
    mine = "+callbacks.mine._target_=lightning.pytorch.callbacks.LearningRateMonitor"
    found = check("~objective.perceptual.terms.tv", mine, "trainer.gradient_clip_val=0.5")
    terms = found["objective"]["perceptual"]["terms"]
    assert "tv" not in terms
    assert "style" in terms
    assert "mine" in found["callbacks"]
    assert found["trainer"]["gradient_clip_val"] == 0.5
    assert check("~logger")["logger"] == check("~callbacks")["callbacks"] == {}


def test_a_picture_of_ones_own_brings_its_own_name_and_weight():
    style = check("style.image=/mine/x.png")["style"]
    assert (style["name"], style["title"], style["painter"], style["weight"]) == (
        *("x", "x", "unknown", 3.0),
    )
    named = check("style.image=/mine/x.png", "style.name=mine")["style"]
    assert (named["name"], named["title"], named["weight"]) == ("mine", "x", 3.0)
    assert check("style.image=/mine/x.png", "style.weight=2")["style"]["weight"] == 2
    assert check()["style"]["weight"] == 1


@pytest.fixture
def account(monkeypatch, tmp_path):
    """Gives W&B an account on a server that nobody may ask, or none wherever it looks for one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def set_up(known: bool) -> None:
            monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
            monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
            monkeypatch.setenv("WANDB_API_KEY", "0" * 40 if known else "")
            accounts._has_account.cache_clear()

        yield set_up
        accounts._has_account.cache_clear()
        with pytest.raises(BlockingIOError):
            server.accept()


def test_wandb_online_needs_an_account_and_other_loggers_do_not(account):
    account(known=False)
    with pytest.raises(UserError, match=r"logger.wandb.mode=online: no W&B account"):
        check("logger.wandb.mode=online")
    for logger in ("csv", "tensorboard", "wandb"):  # W&B is offline unless asked otherwise
        check(f"logger={logger}")


def test_an_account_is_looked_for_once_and_nothing_of_that_is_left_to_the_runs(
    account, monkeypatch
):
    account(known=True)
    login, asked = wandb.login, []
    monkeypatch.setattr(wandb, "login", lambda **how: asked.append(how) or login(**how))
    for alpha in (0.25, 0.5):  # the points of a sweep
        check("logger.wandb.mode=online", f"alpha={alpha}")
    assert len(asked) == 1
    assert "WANDB_SERVICE" not in os.environ


@pytest.mark.parametrize("mode", ["disabled", "offline"])
def test_wandbs_own_variable_is_the_mode(monkeypatch, mode):
    monkeypatch.setenv("WANDB_MODE", mode)
    assert check()["logger"]["wandb"]["mode"] == mode
    assert check("logger.wandb.mode=offline")["logger"]["wandb"]["mode"] == "offline"
