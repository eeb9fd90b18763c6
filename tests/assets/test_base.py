"""The one network of many styles that ships."""

import numpy as np
import pytest
from PIL import Image

from kunster.assets.paintings import KNOWN, PAINTINGS
from kunster.assets.trained import base_networks, find_trained, what_ships
from kunster.networks.mixing import folded
from kunster.stylize.__main__ import main
from kunster.video.models import open_network


def test_its_styles_are_the_paintings_whose_credits_ship():
    networks = base_networks()
    assert {network.stage for network in networks} == {"perceptual", "temporal"}
    for network in networks:
        _, description = open_network(network.name)
        assert description.styles == tuple(KNOWN)


@pytest.mark.parametrize(
    "painting",
    [each for each in KNOWN.values() if each.name not in PAINTINGS],
    ids=lambda p: p.name,
)
def test_a_painting_that_it_alone_learned_ships_as_a_thumbnail(painting):
    with Image.open(painting.path) as picture:
        assert (picture.format, min(picture.size)) == ("JPEG", 192)
    assert painting.path.stat().st_size <= 20_000
    assert painting.licence.startswith("public domain (")


def test_a_style_of_it_goes_by_its_name_unless_a_network_of_its_own_ships():
    found, about = open_network("senecio")
    expected, _ = folded(*open_network("base"), {"senecio": 1})
    assert (about.style, about.styles) == ("senecio", None)
    for name, array in found.arrays.items():
        assert np.array_equal(array, expected.arrays[name])
    assert find_trained("base") == find_trained("base:8:temporal")
    own = find_trained("scream")
    assert own is not None
    assert own.parent.name == "scream"


def test_a_style_alone_means_this_network(tmp_path, capsys):
    photo = tmp_path / "photo.png"
    Image.effect_noise((96, 64), 60).convert("RGB").save(photo)
    painted = {}
    for style in ("hara", "hara:0.5,udnie:0.5"):
        out = tmp_path / f"{len(style)}.png"
        assert main([str(photo), str(out), "--style", style]) == 0
        painted[style] = np.asarray(Image.open(out)).astype(int)
    assert "default style" not in capsys.readouterr().err
    one, other = painted.values()
    assert np.abs(one - other).mean() > 3
    assert main([str(photo), str(tmp_path / "no.png"), "--style", "harra"]) == 2
    assert "did you mean hara" in capsys.readouterr().err


def test_a_name_that_is_nearly_one_of_its_styles_is_recognised():
    assert what_ships("sennecio").startswith("did you mean senecio? ")
    assert "base (id" in what_ships()
