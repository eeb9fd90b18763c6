import pytest

from kunster.video.view import View, free_name, pressed

BEGINNING = View(strength=0.7, held=0.95)


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ("", BEGINNING),
        ("x\xff", BEGINNING),  # 255 is no key
        ("+", BEGINNING._replace(strength=0.8)),
        ("=====", BEGINNING._replace(strength=1)),
        ("--------", BEGINNING._replace(strength=0)),
        ("+-", BEGINNING),
        ("<,", BEGINNING._replace(held=0.75)),
        (">", BEGINNING._replace(held=1)),
        ("nnpn", BEGINNING._replace(style=2)),
        ("p", BEGINNING._replace(style=-1)),
        ("f", BEGINNING._replace(full_screen=True)),
        ("fsfs", BEGINNING._replace(saved=2)),
        ("r", BEGINNING._replace(recording=True)),
        ("rr", BEGINNING),
        ("q", BEGINNING._replace(is_open=False)),
        ("\x1b", BEGINNING._replace(is_open=False)),
    ],
)
def test_keys(keys, after):
    view = BEGINNING
    for key in keys:
        view = pressed(view, key)
    assert view == after


def test_saved_pictures_are_numbered_and_none_is_replaced(tmp_path):
    assert free_name(tmp_path, "camera", ".png") == tmp_path / "camera_1.png"
    (tmp_path / "camera_1.png").touch()
    (tmp_path / "camera_3.png").touch()
    assert free_name(tmp_path, "camera", ".png") == tmp_path / "camera_2.png"
