"""Run folders: begun, resumed, overwritten and read."""

import json

import pytest
import yaml

from kunster.errors import UserError
from kunster.results.run_folder import (
    check_run,
    held,
    open_run,
    read_config,
    read_results,
    setting,
    versions,
    write_results,
)

CONFIG = {"alpha": 0.25, "style": {"name": "scream"}, "trainer": {"precision": "auto"}}


def opened(folder, config=CONFIG, resume=False, overwrite=False):
    check_run(folder, config, resume, overwrite)
    open_run(folder, config, overwrite)
    return yaml.safe_load((folder / "config.yaml").read_text())


def test_a_new_folder_is_made_and_says_what_it_is(tmp_path):
    assert opened(tmp_path / "runs" / "a") == CONFIG
    assert opened(tmp_path / "runs" / "b", resume=True) == CONFIG  # resume=true may begin a run


def test_a_run_is_touched_only_when_told_so(tmp_path):
    opened(tmp_path)
    with pytest.raises(UserError, match=r"already holds a run: resume=true.*overwrite=true"):
        opened(tmp_path)
    assert opened(tmp_path, resume=True) == CONFIG
    other = {**CONFIG, "alpha": 1}
    assert opened(tmp_path, other, overwrite=True) == other


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alpha": 1}, "begun with alpha=0.25, not 1"),
        ({"style": {"name": "udnie"}}, "begun with style.name=scream, not udnie"),
    ],
)
def test_only_the_same_run_goes_on(tmp_path, change, said):
    opened(tmp_path)
    with pytest.raises(UserError, match=said):
        opened(tmp_path, {**CONFIG, **change}, resume=True)
    assert yaml.safe_load((tmp_path / "config.yaml").read_text()) == CONFIG


def test_how_it_runs_may_change(tmp_path):
    opened(tmp_path)
    changed = {**CONFIG, "trainer": {"precision": "32-true"}, "resume": True, "new_key": 3}
    assert opened(tmp_path, changed, resume=True) == changed


def test_somebody_elses_folder_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("text")
    with pytest.raises(UserError, match="not empty and holds no run"):
        opened(tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("content", ["[1, 2]", "a: [", "\x00"])
def test_a_broken_record_is_named(tmp_path, content):
    (tmp_path / "config.yaml").write_text(content)
    with pytest.raises(UserError, match=r"not readable \(.+\): overwrite=true starts again"):
        opened(tmp_path, resume=True)


def test_results_go_when_a_run_goes_on(tmp_path):
    opened(tmp_path)
    write_results(tmp_path, {"style": "scrëam", "versions": versions()})
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["style"] == "scrëam"
    assert {"kunster", "python", "torch"} <= results["versions"].keys()
    opened(tmp_path, resume=True)
    assert not (tmp_path / "results.json").exists()


def test_a_run_killed_at_its_first_word_can_be_begun_again(tmp_path):
    (tmp_path / ".part-config.yaml").write_text("alpha: 0.")
    opened(tmp_path, {"alpha": 0.25}, resume=True)
    assert (tmp_path / "config.yaml").read_text() == "alpha: 0.25\n"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.jpg").touch()
    with pytest.raises(UserError, match="is not empty"):
        check_run(tmp_path / "other", {"alpha": 0.25}, resume=True, overwrite=False)


@pytest.mark.parametrize("content", ['{"stages": {', "no JSON", "[1]", b"\xff\xfe"])
def test_results_that_are_cut_off_or_something_else_are_named_in_a_line(tmp_path, content):
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "results.json").write_bytes(data)
    with pytest.raises(UserError, match=r"results\.json is not readable \(.+\)") as found:
        read_results(tmp_path)
    assert "\n" not in str(found.value)


def test_a_setting_is_read_by_its_dotted_key(tmp_path):
    opened(tmp_path)
    assert read_config(tmp_path) == CONFIG
    assert setting(tmp_path, "style.name") == "scream"
    assert setting(tmp_path, "style.image") is None
    assert setting(tmp_path, "alpha.image") is None
    assert setting(tmp_path / "nowhere", "alpha") is None


def test_a_folder_that_cannot_be_made_is_named_in_a_line(tmp_path):
    (tmp_path / "runs").write_text("a file")
    for folder in (tmp_path / "runs" / "a", tmp_path / ("x" * 300)):
        with (
            pytest.raises(UserError, match=r"cannot be written: .*; hydra\.run\.dir=") as found,
            held(folder),
        ):
            pytest.fail("taken for a run folder")
        assert "\n" not in str(found.value)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_read_only_folder_is_named_in_a_line(tmp_path, monkeypatch, overwrite):
    """Permissions do not bind root, so the system call is made to refuse."""

    def refuse(*unused, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(UserError, match="cannot be written: Permission denied"):
        open_run(tmp_path, CONFIG, overwrite)
