"""The values of a configuration that change the result of a run, and their fingerprint."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# how a run goes about it, not what it trains; a prefix stands for all keys below
HOW = (
    *("fetch", "resume", "overwrite", "threads", "command", "stage", "folder", "logger"),
    *("callbacks", "export", "trainer", "first_look", "timed_steps"),
    *("style.title", "style.painter", "style.year"),
    *("photos.on_device", "photos.recorded", "clips.photos.on_device", "clips.photos.recorded"),
)
WHAT = ("trainer.gradient_clip_val", "trainer.accumulate_grad_batches")  # though of the trainer
TERM_WEIGHT = re.compile(r"objective\.\w+\.terms\.\w+\.weight")


def essential(config: Mapping[str, Any]) -> dict[str, Any]:
    """The values that change the result, by dotted key."""
    return {key: value for key, value in _flat(config) if key in WHAT or not _below(key, HOW)}


def first_difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[str, Any, Any] | None:
    """Key, old and new value of the first essential difference, from the top of the configuration.

    A key that only one of them has is no difference, because versions add and drop keys; but a
    loss term that one of them lacks counts as one of weight 0.
    """
    old, new = essential(before), essential(after)
    for one, other in ((old, new), (new, old)):
        for key in filter(TERM_WEIGHT.fullmatch, other):
            one.setdefault(key, 0.0)
    changed = [key for key in old.keys() & new.keys() if old[key] != new[key]]
    changed.sort(key=lambda key: (key.count("."), key))  # seed=… before the clips.seed=${seed}
    return (changed[0], old[changed[0]], new[changed[0]]) if changed else None


def identity(config: Mapping[str, Any], without: tuple[str, ...] = ()) -> str:
    """16 hexadecimal digits of the essential values, those below the keys `without` left out."""
    kept = {key: value for key, value in essential(config).items() if not _below(key, without)}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _below(key: str, prefixes: tuple[str, ...]) -> bool:
    return any(key == prefix or key.startswith(f"{prefix}.") for prefix in prefixes)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", list(value) if isinstance(value, tuple) else value
