import pytest

from kunster.assets.trained import list_styles, shipped_beside


@pytest.mark.parametrize(
    ("model", "end"),
    [
        ("scream", ":14:temporal"),
        ("scream:8", ":8:temporal"),
        ("udnie:1:perceptual", ":1:perceptual"),
        ("runs/mine", ":14:temporal"),
    ],
)
def test_beside_a_model_are_the_styles_of_its_size_and_stage(model, end):
    first, *others = shipped_beside(model)
    assert first == model
    own = model.split(":")[0]
    assert sorted(others) == [f"{style}{end}" for style in list_styles() if style != own]


def test_the_next_style_is_the_next_by_name_and_then_from_the_start():
    styles = list_styles()
    around = [name.split(":")[0] for name in shipped_beside("starry_night:8")]
    place = styles.index("starry_night")
    assert around == styles[place:] + styles[:place]
