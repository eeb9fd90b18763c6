"""`kunster run --help`, and keys and choices that there are not."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from kunster.errors import UserError
from kunster.files.conf import CONF, at_home, groups
from kunster.run.__main__ import HYDRAS, main
from kunster.run.configuration import composed
from kunster.run.renamed import RENAMED


def test_the_help_has_the_choices_of_the_configuration(capsys):
    assert main(["+experiment=scream", "--help"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    for group in ("experiment", "network", "photos", "clips", "style", "logger"):
        assert f"{group} {', '.join(groups()[group])}" in page
        stems = {path.stem for path in (CONF / group).glob("*.yaml")}
        assert set(groups()[group]) == stems - {"_crops"}  # a part of others, no choice


def test_an_option_that_there_is_not_is_one_line(capsys):
    assert main(["+experiment=scream", "--multrun"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("--multrun: no such option; did you mean --multirun? There are --help")
    assert said.count("\n") == 1


@pytest.mark.parametrize(("option", "key"), [("--model", "start=MODEL"), ("--alpha", "alpha=…")])
def test_an_option_that_is_a_key_here_is_told_so(option, key, capsys):
    assert main([option, "1"]) == 2
    assert capsys.readouterr().err.startswith(f"{option}: run takes KEY=VALUE; here it is {key}")


def test_the_home_folder_stands_behind_an_equals_sign_too():
    home = Path.home().as_posix()
    assert composed(["style.image=~/x.jpg"]).style.image == f"{home}/x.jpg"
    assert at_home(["~logger", "a=b~", "style.paintings=[a,~/b]"]) == [
        *("~logger", "a=b~", f"style.paintings=[a,{home}/b]")
    ]


def test_an_option_without_its_word_is_one_line(capsys):
    assert main(["+experiment=scream", "--cfg"]) == 2
    assert capsys.readouterr().err == "--cfg: job, hydra or all is missing behind it\n"


def test_the_options_are_those_of_hydra():
    from hydra._internal.utils import get_args_parser

    known = get_args_parser()._option_string_actions
    assert set(HYDRAS) == {option for option in known if option.startswith("--")}


def refusal(*overrides):
    with pytest.raises(UserError) as refused:
        composed(overrides)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("+experiment=screm", "experiment=screm: no such choice; did you mean scream? There are"),
        ("network=kunstr", "network=kunstr: no such choice; did you mean kunster? There are dil"),
        (
            "objective.perceptual.stepz=3",
            "objective.perceptual.stepz: no such key; did you mean steps? There are terms, ",
        ),
        ("logger.mode=offline", "logger.mode: is now logger.wandb.mode"),
        ("perceptual=slim", "perceptual=slim: is now perceptual=vgg19"),
        ("photos=foldr", "photos=foldr: no such choice; did you mean folder? There are bundled, c"),
        ("photos.path=/a", "photos.path: a key of photos=coco and photos=folder; choose that as"),
        ("photos=/a", "photos=/a: no such choice; what is your own goes as photos=folder photos.p"),
        ("style=a.jpg", "style=a.jpg: no such choice; what is your own goes as style.image=a.jpg"),
        ("scream", "scream: must be KEY=VALUE: +experiment=STYLE learns one of composition_vii, "),
    ],
)
def test_what_there_is_not_gets_the_nearest_or_the_new_name(override, says):
    assert refusal(override).startswith(says)


def test_new_names_are_keys_and_old_ones_are_not():
    config = composed([])
    for old, new in RENAMED.items():
        if "=" not in old:
            assert OmegaConf.select(config, new, default="absent") != "absent", new
            assert OmegaConf.select(config, old, default="absent") == "absent", old
