"""What the page refers to is there, and it asks for nothing else."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from kunster import __version__

from .conftest import SHIPPED

REFERRING = ("src", "href", "poster", "srcset", "data", "action")


class Document(HTMLParser):
    """Every element with its attributes, and the text in it."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def text(made):
    return (made / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document(text):
    return Document(text)


def test_all_that_it_refers_to_lies_beside_it_and_nothing_else_does(made, document):
    addresses = [
        attributes[name]
        for _, attributes in document.elements
        for name in REFERRING
        if name in attributes
    ]
    inside = {address[1:] for address in addresses if address.startswith("#")}
    outside = {unquote(address) for address in addresses if not address.startswith("#")}
    assert inside <= {attributes.get("id") for _, attributes in document.elements}
    assert not [each for each in outside if re.match(r"[a-z]+:|/|\.\.", each, re.IGNORECASE)]

    chosen = {  # what the script puts together
        f"pictures/{style}/{number}-{stage}-{photo}.jpg"
        for style, networks in SHIPPED.items()
        for number, stage in networks
        for photo in (1, 2)
    }
    there = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}
    assert outside <= there
    assert there == outside | chosen | {"index.html", "gallery.json"}


def test_no_word_in_it_calls_the_network_or_this_machine(made, text):
    assert "http:" not in text
    assert "https:" not in text
    assert str(made.parent) not in text
    assert "url(" not in text
    assert not re.search(r"\bimport\b", text)


def test_its_policy_allows_its_own_script_and_style_alone(text, document):
    policy = next(meta["content"] for meta in document.all("meta") if "http-equiv" in meta)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for tag in ("style", "script"):
        (inline,) = re.findall(f"<{tag}(?: type=.module.)?>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"
    assert not [attributes for _, attributes in document.elements if "style" in attributes]


def test_pictures_have_words_ids_are_unique_and_names_are_escaped(document):
    silent = [image for image in document.all("img") if not image.get("alt")]
    assert len(silent) == len(SHIPPED)  # those of the list, whose links have words
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"a <photo>", "b"} <= {image["alt"] for image in document.all("img")}
    assert not document.all("photo")


def test_a_painting_has_its_label(document):
    for words in (
        *("The Great Wave off Kanagawa", "Katsushika Hokusai, 1831"),
        *("Public domain (Hokusai died in 1849)", "Francis Picabia, 1913"),
    ):
        assert words in document.words


def test_only_what_ships_can_be_chosen(document):
    def values(name):
        return [radio["value"] for radio in document.all("input") if radio.get("name") == name]

    assert values("great_wave-network") == ["15", "14"]
    assert values("great_wave-stage") == ["perceptual", "temporal"]
    assert (values("udnie-network"), values("udnie-stage")) == (["15"], ["perceptual"])
    assert "stage 2, id 15: none" in document.words
    assert "15,195 parameters" in document.words  # Table II, id 14


def test_its_record_says_which_kunster_made_it(made):
    assert json.loads((made / "gallery.json").read_text()) == {"version": __version__}
