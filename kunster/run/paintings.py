"""Resolvers of conf/style: a painting of one's own, and several, from words to an entry of each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from kunster.console.choices import among
from kunster.data.photos import SUFFIXES
from kunster.errors import UserError
from kunster.files.conf import CONF
from kunster.networks.description import check_names

SEVERAL = "several"  # the choice of conf/style that is no painting
OWN = {
    "painter": "unknown",
    "year": None,
    "weight": 3.0,
    "crop": None,
}  # of a painting that does not ship


def of_painting(field: str, shipped: Any, image: str | None) -> Any:
    """A field of a style: `shipped`, or with an image of one's own, a value for that image.

    Name and title of an image are those of its file.
    """
    if image is None:  # OmegaConf resolves to nodes alone
        return ListConfig(shipped) if isinstance(shipped, list) else shipped
    stem = Path(str(image)).stem
    names = {"title": stem, "name": re.sub(r"[^\w.-]+", "_", stem).strip("._") or "painting"}
    return {**OWN, **names}[field]


def entries_of(paintings: Sequence[str], size: int) -> ListConfig:
    """The entry of conf/style for each painting. Resolver of conf/style/several.yaml.

    Raises:
        UserError: no such painting, picture or folder, or two have one name.
    """
    if isinstance(paintings, str) or not paintings:
        raise UserError(f"style.paintings={paintings}: must be a list, [scream,udnie,my/folder]")
    found = [entry for word in paintings for entry in _entries(str(word), size)]
    check_names([entry["name"] for entry in found])
    return OmegaConf.create(found)


def names_of(style: DictConfig) -> ListConfig:
    """Names of the styles of a run. Resolver of conf/network/multistyle.yaml."""
    entries = style.styles if "styles" in style else [style]
    return OmegaConf.create([entry.name for entry in entries])


def _entries(word: str, size: int) -> Iterator[Mapping[str, Any]]:
    known = sorted({path.stem for path in (CONF / "style").glob("*.yaml")} - {SEVERAL})
    path = Path(word).expanduser()
    if word in known:
        yield _entry(word, size=size)
    elif path.is_dir():
        pictures = sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
        if not pictures:
            raise UserError(f"style.paintings: {word} holds no pictures")
        yield from (_entry(known[0], size=size, image=str(each)) for each in pictures)
    elif path.is_file():
        yield _entry(known[0], size=size, image=word)
    else:
        raise UserError(
            f"style.paintings: {word} is no picture, folder or painting that ships; "
            f"{among(word, known)}"
        )


def _entry(name: str, **values: Any) -> Mapping[str, Any]:
    """An entry of conf/style with other values; with an image, that picture's own."""
    config = OmegaConf.merge(OmegaConf.load(CONF / "style" / f"{name}.yaml"), values)
    entry: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    entry.pop("defaults", None)  # the objectives that a run of this painting alone has
    return entry
