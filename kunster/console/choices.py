"""Lists of the valid names, and the nearest, for errors about an unknown name."""

from collections.abc import Iterable
from difflib import get_close_matches


def among(name: str, known: Iterable[str]) -> str:
    """`there are scream, udnie`; with a name near it: `did you mean scream? There are …`."""
    names = list(dict.fromkeys(known))
    near, listed = nearest(name, names), ", ".join(names)
    return f"did you mean {near}? There are {listed}" if near else f"there are {listed}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like another, if any is."""
    found = get_close_matches(name, list(known), n=1)
    return found[0] if found else None
