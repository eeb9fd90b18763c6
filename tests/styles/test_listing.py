import json

import numpy as np
from rich.console import Console

from kunster.styles.__main__ import main
from kunster.styles.catalogue import shipped_styles
from kunster.styles.listing import print_styles, thumbnail

RED, BLUE = (255, 0, 0), (0, 0, 255)


def listed(**terminal):
    console = Console(width=80, highlight=False, **terminal)
    with console.capture() as capture:
        print_styles(shipped_styles(), [], console)
    return capture.get()


def test_every_painting_with_its_networks(shipped, capsys):
    assert main([]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    lines = [" ".join(line.split()) for line in "\n".join(blocks).splitlines()]
    assert lines.index("The Scream scream") < lines.index("The Great Wave off Kanagawa great_wave")
    for line in (
        *("Edvard Munch, 1893", "Nasjonalmuseet, Oslo", "public domain (Munch died in 1944)"),
        *("scream:10 5,199 1, 2 14 + 14", "scream:14 15,195 1, 2 34 + 34"),
        "no network yet: kunster run +experiment=udnie",
    ):
        assert line in lines
    assert lines.index("scream:10 5,199 1, 2 14 + 14") < lines.index(
        "scream:14 15,195 1, 2 34 + 34"
    )


def test_pictures_stand_in_terminals_alone(shipped):
    assert "▀" in listed(force_terminal=True, color_system="truecolor")
    for terminal in (
        {"force_terminal": False},
        {"force_terminal": True, "color_system": None},
        {"force_terminal": True, "color_system": "truecolor", "no_color": True},
    ):
        text = listed(**terminal)
        assert "▀" not in text
        assert "The Scream" in text


def test_no_line_is_wider_than_a_terminal(shipped):
    from rich.text import Text

    lines = Text.from_ansi(listed(force_terminal=True, color_system="truecolor")).plain
    assert max(map(len, lines.splitlines())) <= 80
    assert "composition_vii" in lines


def test_a_character_is_two_pixels_one_above_the_other():
    picture = np.full((20, 20, 3), BLUE, np.uint8)
    picture[:5] = RED
    first, second = thumbnail(picture, columns=4).split("\n")
    assert first.plain == second.plain == "▀▀▀▀"
    for line, colours in ((first, (RED, BLUE)), (second, (BLUE, BLUE))):
        for span in line.spans:
            assert tuple(span.style.color.triplet) == colours[0]
            assert tuple(span.style.bgcolor.triplet) == colours[1]
        assert len(line.spans) == 4


def test_the_list_for_programs(shipped, capsys):
    assert main(["--json"]) == 0
    styles = {style["name"]: style for style in json.loads(capsys.readouterr().out)}
    assert len(styles) == 5
    assert styles["great_wave"]["painter"] == "Katsushika Hokusai"
    assert styles["udnie"]["networks"] == []
    (first, second) = styles["great_wave"]["networks"]
    assert (first["model"], second["model"]) == (
        "great_wave:14:perceptual",
        "great_wave:14:temporal",
    )
    assert (first["parameters"], first["alpha"], first["beta"]) == (15_195, 0.25, 0.5)
    size = (shipped / "great_wave" / "14-perceptual.safetensors").stat().st_size
    assert first["bytes"] == size


def test_a_damaged_file_is_named(shipped, capsys):
    path = shipped / "scream" / "14-temporal.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    assert main([]) == 2
    assert str(path) in capsys.readouterr().err
