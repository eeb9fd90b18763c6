"""The folder that is written: what is in it, how large it is, and what is refused."""

import gzip
import json
import re
import urllib.request

import pytest

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
        (site / "runtime" / "ort-wasm-simd-threaded.wasm.gz").read_bytes()
    ).startswith(b"\0asm")


def test_every_file_that_is_named_is_there(site):
    content = json.loads((site / "site.json").read_text())
    named = [address for files in content["runtimes"].values() for address in files.values()]
    for network in content["networks"]:
        named += [network["file"], network["thumb"]]
    scripts = [script.read_text() for script in (site / "js").glob("*.js")]
    named += [f"js/{name}" for script in scripts for name in re.findall(r'"\./(.+?\.js)"', script)]

    assert len(content["networks"]) == 8
    assert [path for path in named if not (site / path).is_file()] == []


def test_a_hosted_runtime_is_the_only_address_that_the_page_may_ask(hosted, site):
    policy = re.search(
        r'Content-Security-Policy" content="([^"]*)"', (hosted / "index.html").read_text()
    )
    assert set(re.findall(r"https?://[^ ;]+", policy[1])) == {"https://example.org"}
    assert not (hosted / "runtime").exists()
    runtimes = json.loads((hosted / "site.json").read_text())["runtimes"]
    assert runtimes["wasm"]["script"] == "https://example.org/ort/ort.wasm.min.mjs"
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
        for name, kind in (("js/main.js", "text/javascript"), ("page.css", "text/css")):
            with urllib.request.urlopen(address + name) as answer:
                assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
                assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
                assert answer.headers.get_content_type() == kind


def test_the_pinned_version_is_said_everywhere(site):
    script = (site / "runtime" / runtime.FILES["wasm"]["script"]).read_text()
    assert f"ONNX Runtime Web v{runtime.VERSION}" in script
