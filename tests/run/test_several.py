"""Several paintings in one network, and one more for a network that has several."""

from pathlib import Path

import pytest
import torch

from kunster.errors import UserError
from kunster.networks.mixing import folded
from kunster.networks.model_file import as_stylizer, load_model, save_model
from kunster.networks.stored import read_stored
from kunster.run.configuration import composed, register_resolvers, resolved
from kunster.run.paintings import entries_of
from kunster.run.settings import check_config

from ..random_networks import describe, random_network
from ..small_runs import QUICK, small_photos, trained

SEVERAL = ["network=multistyle", "style=several"]
SMALL = ["alpha=0.125", "beta=0.25"]
BASE = describe(kind="multistyle", alpha=0.125, beta=0.25)
FRAMES = torch.rand(1, 3, 64, 64, generator=torch.manual_seed(0))


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base.safetensors"
    save_model(random_network(BASE), BASE, path)
    return path


def paints(path, style):
    return as_stylizer(folded(*read_stored(path), {style: 1})[0])(FRAMES)


def test_two_paintings_learn_in_both_stages(photos, tmp_path):
    steps = [f"objective.{stage}.steps=2" for stage in ("perceptual", "temporal")]
    results = trained(
        photos,
        tmp_path / "run",
        *(*SEVERAL, "style.paintings=[scream,udnie]", "style.size=96", *SMALL, *steps),
        "export.enabled=false",
    )
    assert (results["style"], results["id"]) == ("several", None)
    figures = results["stages"]["temporal"]["evaluation"]
    each = figures["by_style"]
    assert list(each) == ["scream", "udnie"]
    mean = (each["scream"]["style"] + each["udnie"]["style"]) / 2
    assert figures["style"] == pytest.approx(mean, abs=1e-4)
    network, description = load_model(tmp_path / "run" / "temporal" / "last.ckpt")
    assert description.styles == ("scream", "udnie")
    assert description.learned == "scream,udnie"
    first, second = network.encoder[0][1].weight
    assert not torch.equal(first, second)
    assert (tmp_path / "run" / "temporal" / "preview.png").is_file()


@pytest.mark.filterwarnings("ignore:.*enlarged")
def test_a_style_more_leaves_the_others_as_they_are(photos, base, tmp_path):
    asked = (f"style.image={photos}/1.png", f"start={base}", "train=norms")
    steps = "objective.perceptual.steps=2"
    results = trained(photos, tmp_path / "run", *QUICK, *SMALL, *asked, steps)
    stage = tmp_path / "run" / "perceptual"
    before, (after, description) = base.read_bytes(), load_model(stage / "base.safetensors")
    assert base.read_bytes() == before
    assert description.styles == (*BASE.styles, "1")
    for style in BASE.styles:
        assert torch.equal(paints(stage / "base.safetensors", style), paints(base, style))
    plain, of_run = load_model(stage / "last.ckpt")
    assert (of_run.style, of_run.kind) == ("1", "dilated")
    assert torch.equal(paints(stage / "base.safetensors", "1"), plain(FRAMES))
    *others, new = after.encoder[0][1].weight
    assert not any(torch.equal(new, other) for other in others)
    (start,) = (asset for asset in results["assets"] if asset["name"] == "start")
    assert start["from"] in BASE.styles


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["style=several", "style.paintings=[scream,udnie]"], "are for network=multistyle"),
        ([*SEVERAL, "style.paintings=[scram]"], "^style.paintings: scram is no picture"),
        ([*SEVERAL, "style.paintings=[udnie]", "norm=frn"], "norm=frn"),
        (["train=norms", "start=null"], "train=norms: needs start=…"),
    ],
)
def test_what_is_no_run_of_several_styles_is_refused(words, said):
    with pytest.raises(UserError, match=said):
        check_config(resolved(composed(words)))


@pytest.mark.parametrize(
    ("paintings", "said"),
    [
        ([], r"style.paintings=\[\]: must be a list"),
        ("scream", "style.paintings=scream: must be a list"),
        (["scream", "scream"], "style scream: is there twice"),
        (["scram"], "scram is no picture.*did you mean scream"),
        ([str(Path(__file__).parent)], "holds no pictures"),
    ],
)
def test_what_is_no_list_of_paintings_is_refused(paintings, said):
    register_resolvers()  # as a run has done before it asks
    with pytest.raises(UserError, match=said):
        entries_of(paintings, 384)


def test_a_folder_gives_a_style_a_picture(tmp_path):
    small_photos(tmp_path)
    words = [*SEVERAL, f"style.paintings=[great_wave,{tmp_path}]", "style.size=96"]
    config, description = check_config(resolved(composed(words)))
    assert description.styles == ("great_wave", "0", "1", "2")
    wave, own, *_ = config["style"]["styles"]
    assert wave["crop"]
    assert (own["crop"], own["size"], own["image"]) == (None, 96, str(tmp_path / "0.png"))
    plain = describe(kind="dilated").parameters
    assert description.parameters == plain + 3 * 240


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["style=scream"], "style scream: is there already"),
        (["alpha=0.25"], "holds network=dilated alpha=0.125 .* not the .* alpha=0.25"),
    ],
)
def test_a_style_that_cannot_be_added_is_refused(photos, base, tmp_path, asked, said):
    words = [*QUICK, *SMALL, f"start={base}", "train=norms", *asked]
    with pytest.raises(UserError, match=said):
        trained(photos, tmp_path / "run", *words)
