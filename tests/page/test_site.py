"""The folder that is written: what is in it, how large it is, and what is refused."""

import gzip
import json
import re
import urllib.request

import onnx
import pytest

from kunster.networks.table2 import ROWS
from kunster.page import runtime
from kunster.page.__main__ import main
from kunster.page.server import serving
from kunster.page.site import sizes


@pytest.fixture
def one(sweep):
    """A model file, quick to put on a page."""
    return str(sweep / "scream_15" / "temporal" / "model.safetensors")


@pytest.fixture
def hosted(one, tmp_path):
    """A page whose runtime is elsewhere: it needs no npm."""
    out = tmp_path / "site"
    assert main([one, "--out", str(out), "--runtime-url", "https://example.org/ort/"]) == 0
    return out


def test_a_whole_page_stays_small(site):
    parts = sizes(site)
    everything = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())

    assert sum(parts.values()) == everything
    assert everything - parts["sample clip"] <= 25_000_000
    assert parts["sample clip"] <= 2_000_000
    assert gzip.decompress(
        (site / "kunster" / "runtime" / "ort-wasm-simd-threaded.wasm.gz").read_bytes()
    ).startswith(b"\0asm")


def runtimes(module):
    """Addresses of onnxruntime-web's files, as the module finds them."""
    files = json.loads((module / "runtime.json").read_text())
    return [address for kind in ("wasm", "webgpu") for address in files[kind].values()]


def test_every_file_that_is_named_is_there(site):
    content = json.loads((site / "site.json").read_text())
    named = [site / "kunster" / address for address in runtimes(site / "kunster")]
    for network in content["networks"]:
        named += [site / network["file"], site / network["thumb"]]
        named += [site / style["thumb"] for style in network["styles"]]
    for script in [*site.glob("js/*.js"), *site.glob("kunster/*.js")]:
        imported = re.findall(r'"(\.\.?/.+?\.js(?:on)?)"', script.read_text())
        named += [script.parent / name for name in imported]

    assert len(content["networks"]) == 9
    assert {site / "kunster" / "kunster.js", site / "kunster" / "worker.js"} <= {
        file.resolve() for file in named
    }
    assert [file for file in named if not file.is_file()] == []


def test_the_module_alone_is_the_page_s_own(one, site, tmp_path, capsys):
    out = tmp_path / "web"
    options = ["--module", "--out", str(out), "--runtime-url", "https://example.org/ort"]
    assert main([one, *options]) == 0

    scripts = {file.name: file.read_bytes() for file in (site / "kunster").glob("*.js")}
    assert {file.name: file.read_bytes() for file in out.glob("*.js")} == scripts
    assert runtimes(out)[0] == "https://example.org/ort/ort.wasm.min.mjs"
    (network,) = json.loads((out / "site.json").read_text())["networks"]
    assert (out / network["file"]).is_file()
    assert not (out / "index.html").exists()
    assert main([one, *options, "--overwrite"]) == 0
    for option in ("--serve", "--measure"):
        assert main([one, *options, option]) == 2
        assert f"{option}: is for the page" in capsys.readouterr().err


def test_the_networks_to_measure_are_those_of_table_2(one, tmp_path, monkeypatch):
    monkeypatch.setattr("kunster.page.site.ROWS", [ROWS[13], ROWS[14]])
    out = tmp_path / "site"
    options = ["--measure", "--runtime-url", "https://example.org/ort"]
    assert main([one, "--out", str(out), *options]) == 0

    entries = json.loads((out / "site.json").read_text())["measured"]
    assert [(each["id"], each["parameters"]) for each in entries] == [(15, 3_999), (14, 15_195)]
    for each in entries:
        model = onnx.load_from_string(gzip.decompress((out / each["file"]).read_bytes()))
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        assert metadata["parameters"] == str(each["parameters"])
        assert metadata["kind"] == "kunster"


def test_a_hosted_runtime_is_the_only_address_that_the_page_may_ask(hosted, site):
    policy = re.search(
        r'Content-Security-Policy" content="([^"]*)"', (hosted / "index.html").read_text()
    )
    assert set(re.findall(r"https?://[^ ;]+", policy[1])) == {"https://example.org"}
    assert not (hosted / "kunster" / "runtime").exists()
    assert runtimes(hosted / "kunster")[0] == "https://example.org/ort/ort.wasm.min.mjs"
    assert "http" not in (site / "index.html").read_text().replace("http-equiv", "")


def test_an_earlier_page_is_replaced_if_asked_and_anything_else_is_not(
    hosted, one, tmp_path, capsys
):
    (hosted / "networks" / "old.onnx.gz").write_bytes(b"")
    options = ["--runtime-url", "https://example.org/ort"]
    assert main([one, "--out", str(hosted), *options]) == 2
    assert "site: is there already; --overwrite replaces it" in capsys.readouterr().err
    assert main([one, "--out", str(hosted), "--overwrite", *options]) == 0
    assert [file.name for file in (hosted / "networks").iterdir()] == ["scream_15_temporal.onnx.gz"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    assert main([one, "--out", str(other), *options]) == 2
    assert "holds other files" in capsys.readouterr().err
    assert [file.name for file in other.iterdir()] == ["letter.txt"]


def test_without_npm_one_line_says_what_to_do(one, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    assert main([one, "--out", str(tmp_path / "site")]) == 2
    error = capsys.readouterr().err
    assert "npm is not installed" in error
    assert "--runtime-url" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("echo changed > onnxruntime-web.tgz", "npm brought another package"),
        ("echo no network >&2\nexit 1", "(no network)"),
    ],
)
def test_an_npm_that_brings_nothing_of_use_is_refused(
    one, tmp_path, monkeypatch, capsys, program, words
):
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n{program}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent), prepend=":")
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    assert main([one, "--out", str(tmp_path / "site")]) == 2
    assert words in capsys.readouterr().err
    assert not [*(tmp_path / "cache").glob("*")]


@pytest.mark.parametrize("url", ["ort", "ftp://example.org/", "https://"])
def test_a_runtime_url_that_is_none(one, tmp_path, capsys, url):
    assert main([one, "--out", str(tmp_path / "site"), "--runtime-url", url]) == 2
    assert f"--runtime-url {url}" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_the_preview_sends_what_threads_need_and_the_types_that_modules_need(hosted):
    with serving(hosted) as address:
        for name, kind in (("js/main.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
            with urllib.request.urlopen(address + name) as answer:
                assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
                assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
                assert answer.headers.get_content_type() == kind


def test_the_pinned_version_is_said_everywhere(site):
    script = (site / "kunster" / "runtime" / runtime.FILES["wasm"]["script"]).read_text()
    assert f"ONNX Runtime Web v{runtime.VERSION}" in script
