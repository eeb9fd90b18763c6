"""Paintings in the public domain: five whole ones to learn from, thumbnails of others."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from kunster.console.choices import among
from kunster.errors import UserError
from kunster.files.local_path import local_path

FOLDER = Path(__file__).parent
SMALL = FOLDER / "small"  # thumbnails, at a short side of 192 pixels


@dataclass(frozen=True)
class ShippedPainting:
    """A painting in the public domain, and where it hangs."""

    name: str
    title: str
    painter: str
    year: int
    source: str
    licence: str

    @property
    def path(self) -> Path:
        """A JPEG: whole at a short side of 512 pixels, or its thumbnail."""
        return next(folder / f"{self.name}.jpg" for folder in (FOLDER, SMALL) if self._in(folder))

    @property
    def whole(self) -> bool:
        return self._in(FOLDER)

    @property
    def work(self) -> str:
        """Citation: title, painter, year."""
        return f"{self.title}, {self.painter}, {self.year}"

    def credits(self) -> dict[str, str]:
        """Its fields as text."""
        return {name: str(value) for name, value in asdict(self).items()}

    def _in(self, folder: Path) -> bool:
        return (folder / f"{self.name}.jpg").is_file()


_FOUND = json.loads((FOLDER / "credits.json").read_text(encoding="utf-8"))
# all that a network which ships has learned, by name
KNOWN: dict[str, ShippedPainting] = {each["name"]: ShippedPainting(**each) for each in _FOUND}
# those to learn from
PAINTINGS = {name: painting for name, painting in KNOWN.items() if painting.whole}


def title_of(style: str) -> str:
    """Title of the painting behind a style; a style of one's own is its own."""
    return KNOWN[style].title if style in KNOWN else style


def find_painting(painting: str) -> Path:
    """The painting that ships under a name, or the picture at a path.

    Raises:
        UserError: neither is there.
    """
    path = local_path(painting)
    if painting not in PAINTINGS and not path.is_file():
        raise UserError(
            f"painting={painting}: no such picture, nor a painting that ships; "
            f"{among(painting, PAINTINGS)}"
        )
    return PAINTINGS[painting].path if painting in PAINTINGS else path
