"""Weights of other tools under other names, matched to the layers of our network by shape."""

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from torch import Tensor

# buffers of norms in old files; instance norm does not use them
IGNORED = ("running_mean", "running_var", "num_batches_tracked")
DEEPEST = 10  # nesting of mappings; a pickle can contain itself
# Names of the later half of a network, where only names tell the order.
LATER = re.compile(r"(^|\.)(de|up|out|final|last)")


class Misfit(ValueError):  # noqa: N818
    """A tensor does not fit the network asked for; the message names it."""


def networks_in(content: object) -> list[dict[str, Tensor]]:
    """Every group of tensors in a loaded file that may be a network, the largest first.

    A group is all tensors whose dotted names share a prefix, which is removed: so `state_dict`,
    `module.` and the like need not be known. The order is that of the file.
    """
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in _tensors(content):
        for dot in (0, *(match.end() for match in re.finditer(r"\.", name))):
            groups.setdefault(name[:dot], {})[name[dot:]] = tensor
    return sorted(groups.values(), key=len, reverse=True)


def keeps_statistics(content: object) -> bool:
    """Whether norms in a loaded file use the statistics of training, as batch norms do.

    Instance norms of PyTorch 0.3 had them too, without the count of batches, and used them not.
    """
    return any(path.endswith(".num_batches_tracked") for path, _ in _all_tensors(content))


def in_forward_order(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors sorted by name, numbers as numbers, decoders last: safetensors keep no order."""

    def place(name: str) -> tuple[bool, str]:
        return bool(LATER.search(name)), re.sub(r"\d+", lambda number: number[0].zfill(9), name)

    return {name: tensors[name] for name in sorted(tensors, key=place)}


def taken_over(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of another tool under our names.

    The n-th of their layers with the same shapes goes to the n-th of ours, so it does not matter
    whether a norm is listed after its convolution or after all of them.

    Raises:
        Misfit: a layer is missing, left over or of other shapes.
    """
    left = _layers(theirs)
    taken: dict[str, Tensor] = {}
    for layer, wanted in _layers(ours).items():
        found = next((name for name in left if _shapes(left[name]) == _shapes(wanted)), None)
        if found is None:
            raise Misfit(_difference(left, layer, wanted))
        values = left.pop(found).values()
        taken |= {f"{layer}.{name}": value for name, value in zip(wanted, values, strict=True)}
    for layer, tensors in left.items():
        name, tensor = next(iter(tensors.items()))
        raise Misfit(f"tensor {_path(layer, name)} {tuple(tensor.shape)} has no place")
    return taken


def _tensors(content: object) -> Iterator[tuple[str, Tensor]]:
    for path, tensor in _all_tensors(content):
        if tensor.is_floating_point() and path.rpartition(".")[2] not in IGNORED:
            yield path, tensor


def _all_tensors(content: object, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    if not isinstance(content, Mapping) or depth > DEEPEST:
        return
    for key, value in content.items():
        if isinstance(value, Tensor):
            yield f"{prefix}{key}", value
        else:
            yield from _all_tensors(value, f"{prefix}{key}.", depth + 1)


def _layers(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors by layer and name in it, the weight before the bias."""
    layers: dict[str, dict[str, Tensor]] = {}
    for path, tensor in tensors.items():
        layer, _, name = path.rpartition(".")
        layers.setdefault(layer, {})[name] = tensor
    return {
        layer: dict(sorted(parts.items(), key=lambda part: part[0] != "weight"))
        for layer, parts in layers.items()
    }


def _shapes(layer: Mapping[str, Tensor]) -> list[tuple[int, ...]]:
    return [tuple(tensor.shape) for tensor in layer.values()]


def _difference(
    left: Mapping[str, Mapping[str, Tensor]], layer: str, wanted: Mapping[str, Tensor]
) -> str:
    """Describes the first tensor of theirs that differs from the wanted layer."""
    if not left:
        return f"nothing is left for {layer}, {_shapes(wanted)[0]}"
    where, found = next(iter(left.items()))
    names = [*found, *(name for name in wanted if name not in found)]
    for name, has, want in zip_longest(names, _shapes(found), _shapes(wanted)):
        if has is None:
            return f"tensor {_path(where, name)} is missing"
        if want is None:
            return f"tensor {_path(where, name)} {has} has no place"
        if has != want:
            return f"tensor {_path(where, name)} has shape {has} instead of {want}"
    raise AssertionError("the same shapes")


def _path(layer: str, name: str) -> str:
    return f"{layer}.{name}" if layer else name
