"""The description of a trained network: all that is needed to build it, stored in every file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import prod
from typing import TYPE_CHECKING, Any, Literal, get_args

from kunster import __version__
from kunster.errors import UserError
from kunster.networks.kinds import KINDS
from kunster.networks.shapes import Layout, Norm, Shape

if TYPE_CHECKING:
    from kunster.networks.stylizer import Stylizer

Stage = Literal["perceptual", "temporal"]
# in the order they are trained, as the paper calls them
STAGES: Mapping[Stage, str] = {"perceptual": "stage 1", "temporal": "stage 2"}
TRAINED_FOR: Mapping[Stage, str] = {
    "perceptual": "The style alone",
    "temporal": "Steady video",
}
PARSERS: Mapping[str, Callable[[str], Any]] = {
    **{"alpha": float, "beta": float, "parameters": int},
    "styles": lambda text: tuple(text.split(",")),
}
# of some kinds alone, but for the last
OPTIONAL = ("alpha", "beta", "layout", "styles", "learned")

# where weights without a description belong, that fit no network as they are
FOREIGN = "weights of other tools begin a training: kunster run start=FILE"


class NotOurs(UserError):  # noqa: N818
    """A file without a description: another tool's."""


@dataclass(frozen=True)
class Description:
    """The identity of one trained network.

    `kind` is a key of `kunster.networks.kinds.KINDS`. `alpha`, `beta` and `layout` are None for
    kinds without them, such as the baselines `reconet` and `johnson`. `parameters` is the number of
    trained values, `version` the kunster that trained it, `learned` the styles it was trained on,
    one after the other with commas between; None where that is not known. `styles` are the names
    of a network of several, in the order of their norms; its `style` is a name for all of them.

    Raises:
        UserError: a value is not among the allowed ones.
    """

    style: str
    kind: str
    alpha: float | None
    beta: float | None
    layout: Layout | None
    norm: Norm
    stage: Stage
    parameters: int
    version: str = __version__
    learned: str | None = None
    styles: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _check_choice("kind", self.kind, tuple(KINDS))
        _check_choice("norm", self.norm, get_args(Norm))
        _check_choice("stage", self.stage, get_args(Stage))
        if self.layout is not None:
            _check_choice("layout", self.layout, get_args(Layout))
        if self.styles is not None:
            check_names(self.styles)
        needed = KINDS[self.kind].parameters
        if missing := [name for name in OPTIONAL if name in needed and getattr(self, name) is None]:
            raise UserError(f"kind={self.kind}: needs {' and '.join(missing)}")
        if "norm" not in needed and self.norm != "instance":
            raise UserError(f"kind={self.kind}: has norm=instance, not {self.norm}")

    def after(self, learned: str | None) -> "Description":
        """The same, trained on from weights that learned these styles."""
        if learned is None:
            return replace(self, learned=None)
        own = self.styles or (self.style,)
        before = [style for style in learned.split(",") if style and style not in own]
        return replace(self, learned=",".join([*before, *own]))

    def folded(self, style: str) -> "Description":
        """That of a plain network which paints `style` alone, a style or a mixture."""
        plain = replace(self, kind="dilated", style=style, styles=None, parameters=0)
        count = sum(prod(shape) for shape in plain.shape().tensors().values())
        return replace(plain, parameters=count)

    def check_alone(self, model: object) -> None:
        """Raises a UserError if the network of that model has several styles."""
        if self.styles is not None:
            raise UserError(
                f"{model}: which of {', '.join(self.styles)}? --style NAME says in stylize and "
                "export, whose files have that style alone"
            )

    @property
    def architecture(self) -> str:
        """The network's options as the command line takes them: `network=kunster alpha=0.25 …`."""
        if self.alpha is None:
            return f"network={self.kind}"
        return (
            f"network={self.kind} alpha={self.alpha:g} beta={self.beta:g} "
            f"layout={self.layout} norm={self.norm}"
        )

    def build(self) -> "Stylizer":
        """The network described, with fresh random weights.

        Raises:
            UserError: alpha or beta give no network.
        """
        kind = KINDS[self.kind]
        return kind.build(**self._values(kind.parameters))

    def shape(self) -> Shape:
        """The network's shape; needs no torch where the kind has one.

        Raises:
            UserError: alpha or beta give no network, or it is no `Stylizer`.
        """
        kind = KINDS[self.kind]
        if kind.shape is None:
            found = getattr(self.build(), "shape", None)
            if not isinstance(found, Shape):
                raise UserError(f"kind={self.kind}: only a Stylizer can be painted with")
            return found
        return kind.shape(**self._values(kind.parameters))

    def _values(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}

    def to_metadata(self) -> dict[str, str]:
        """Every field that is set, as text: the metadata of all export formats."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["styles"] = ",".join(self.styles) if self.styles else None
        return {name: str(value) for name, value in values.items() if value is not None}

    @classmethod
    def from_metadata(cls, metadata: dict[str, str]) -> "Description":
        """Reads what `to_metadata` wrote; entries of other programs are ignored.

        Raises:
            NotOurs: an entry is missing.
            UserError: one has a value that is not allowed.
        """
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in metadata and name not in OPTIONAL]
        if missing:
            raise NotOurs(
                f"not a file of kunster: its metadata has no {', '.join(missing)}; {FOREIGN}"
            )
        values: dict[str, Any] = dict.fromkeys(OPTIONAL)
        values |= {name: _parsed(name, metadata[name]) for name in names if name in metadata}
        return cls(**values)


def check_names(styles: Sequence[str]) -> None:
    """Raises a UserError unless there is a style, and each has its own name without `,` and `:`."""
    for name in styles:
        if not name or set(name) & set(",:") or name.strip() != name:
            raise UserError(f"style {name!r}: a name has no comma, colon or space around it")
        if list(styles).count(name) > 1:
            raise UserError(f"style {name}: is there twice; give each a name of its own")
    if not styles:
        raise UserError("styles: must be one or more")


def _parsed(name: str, text: str) -> Any:
    try:
        return PARSERS[name](text) if name in PARSERS else str(text)
    except (ValueError, TypeError):
        raise UserError(f"{name}={text}: must be a number") from None


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UserError(f"{name}={value}: must be one of {', '.join(allowed)}")
