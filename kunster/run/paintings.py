"""Paintings of a run of several styles: words on the command line to an entry of each."""

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
    return OmegaConf.to_container(config, resolve=True)  # type: ignore[return-value]
