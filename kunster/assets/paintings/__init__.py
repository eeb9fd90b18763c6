"""Paintings that ship, as JPEGs at a short side of 512 pixels, with their credits."""

from dataclasses import asdict, dataclass
from pathlib import Path

from kunster.console.choices import among
from kunster.errors import UserError
from kunster.files.local_path import local_path

FOLDER = Path(__file__).parent


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
        return FOLDER / f"{self.name}.jpg"

    @property
    def work(self) -> str:
        """Citation: title, painter, year."""
        return f"{self.title}, {self.painter}, {self.year}"

    def credits(self) -> dict[str, str]:
        """Its fields as text."""
        return {name: str(value) for name, value in asdict(self).items()}


_ALL = (
    ShippedPainting(
        "scream",
        "The Scream",
        "Edvard Munch",
        1893,
        "Nasjonalmuseet, Oslo",
        "public domain (Munch died in 1944)",
    ),
    ShippedPainting(
        "starry_night",
        "The Starry Night",
        "Vincent van Gogh",
        1889,
        "Museum of Modern Art, New York",
        "public domain (van Gogh died in 1890)",
    ),
    ShippedPainting(
        "great_wave",
        "The Great Wave off Kanagawa",
        "Katsushika Hokusai",
        1831,
        "woodblock print, impressions in many museums",
        "public domain (Hokusai died in 1849)",
    ),
    ShippedPainting(
        "composition_vii",
        "Composition VII",
        "Wassily Kandinsky",
        1913,
        "Tretyakov Gallery, Moscow",
        "public domain (Kandinsky died in 1944)",
    ),
    ShippedPainting(
        "udnie",
        "Udnie (Young American Girl, The Dance)",
        "Francis Picabia",
        1913,
        "Centre Pompidou, Paris",
        "public domain (Picabia died in 1953; since 2024)",
    ),
)
PAINTINGS: dict[str, ShippedPainting] = {painting.name: painting for painting in _ALL}


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
