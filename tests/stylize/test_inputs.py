import pytest

from kunster.errors import UserError
from kunster.stylize.inputs import files_and_folders


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg", "clips/2.mp4", "clips/1.mp4", "clips/old/0.mp4", "c[1].jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["b.jpg", "a.jpg"], ["b.jpg", "a.jpg"]),
        (["clips/*.mp4", "a.jpg"], ["clips/1.mp4", "clips/2.mp4", "a.jpg"]),
        (["clips/**/?.mp4"], ["clips/1.mp4", "clips/2.mp4", "clips/old/0.mp4"]),
        (["./a.jpg", "[ab].jpg"], ["a.jpg", "b.jpg"]),  # each once
        (["c[1].jpg"], ["c[1].jpg"]),  # a name, as there is such a file
        (["clips"], ["clips"]),
    ],
)
def test_words_are_files_and_patterns_all_that_fit(words, found):
    assert [path.as_posix() for path in files_and_folders(words)] == found


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("d.jpg", "d.jpg: no such file, folder or camera"),
        ("*.png", r"\*\.png: no file fits this pattern"),
        ("https://a.org/*.jpg", "is an address"),
    ],
)
def test_one_that_is_nothing_is_refused(word, says):
    with pytest.raises(UserError, match=says):
        files_and_folders(["a.jpg", word])
