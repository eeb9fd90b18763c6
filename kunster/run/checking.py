"""The composed configuration against the signatures and type hints of what it names.

Unknown keys, missing ones, wrong types and values out of range are refused before anything is
built, in one line with the key as the user types it.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pkgutil import resolve_name
from typing import Any, get_type_hints

from kunster.console.values import coerced, shown
from kunster.errors import UserError

HYDRA = ("_target_", "_partial_", "_args_", "_recursive_", "_convert_")
# what the run itself passes to a target, so that a configuration may not
OF_THE_RUN = {
    "callbacks": "they have a group of their own: +callbacks.mine._target_=…",
    "logger": "loggers have a group of their own: +logger.mine._target_=…",
    "max_steps": "each stage has its own: objective.perceptual.steps=…",
    "max_epochs": "steps are counted: objective.perceptual.steps=…",
    "default_root_dir": "it is the folder of the stage: hydra.run.dir=…",
}
Parameters = Mapping[str, inspect.Parameter]


def checked(node: Mapping[str, Any], key: str = "") -> dict[str, Any]:
    """The values of a resolved configuration, each of the type that its target wants.

    Args:
        node: plain values; every mapping with a `_target_` in it is checked.
        key: where it stands, `objective.perceptual`.

    Raises:
        UserError: a key that the target does not take, one that it lacks, or a value of another
            type or out of range.
    """
    target = node.get("_target_")
    parameters, hints = _signature(target, key) if target else ({}, {})
    if target:
        _check_keys(node, parameters, key)
    found = {}
    for name, value in node.items():
        where = f"{key}.{name}" if key else name
        found[name] = _checked_value(value, hints.get(name), where)
    return found


def _checked_value(value: Any, hint: Any, where: str) -> Any:
    if isinstance(value, Mapping):
        return checked(value, where)
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        return [_checked_value(each, None, f"{where}.{i}") for i, each in enumerate(value)]
    return value if hint is None else coerced(value, hint, where)


def _check_keys(node: Mapping[str, Any], parameters: Parameters, key: str) -> None:
    kinds = [parameter.kind for parameter in parameters.values()]
    named = [
        name
        for name, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    for name, value in node.items():
        if name in HYDRA:
            continue
        if key == "trainer" and name in OF_THE_RUN:
            raise UserError(f"{key}.{name}={shown(value)}: {OF_THE_RUN[name]}")
        if name not in named and inspect.Parameter.VAR_KEYWORD not in kinds:
            raise UserError(
                f"{key}.{name}={shown(value)}: no such key; {_last_word(node['_target_'])} takes "
                f"{', '.join(named) or 'nothing'}"
            )
    if node.get("_partial_"):
        return
    for name in named:
        if parameters[name].default is inspect.Parameter.empty and name not in node:
            raise UserError(f"{key}.{name}: {_last_word(node['_target_'])} needs it")


@cache
def _signature(target: str, key: str) -> tuple[Parameters, Mapping[str, Any]]:
    """Parameters and type hints of a class or function, with those that its bases take."""
    try:
        built = resolve_name(target)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"{key}._target_={target}: cannot be imported: {error}") from error
    if not callable(built):
        raise UserError(f"{key}._target_={target}: neither a class nor a function")
    parameters: dict[str, inspect.Parameter] = {}
    hints: dict[str, Any] = {}
    for function in _constructors(built):
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # written in C
            return {"_": inspect.Parameter("_", inspect.Parameter.VAR_KEYWORD)}, {}
        own = {name: each for name, each in signature.parameters.items() if name != "self"}
        # what a base takes, the class itself may give it
        bases = {name: _optional(each) for name, each in own.items()}
        parameters = {**(bases if parameters else own), **parameters}
        hints = {**_hints(function), **hints}
        if not any(each.kind is each.VAR_KEYWORD for each in own.values()):
            break
    if target.startswith("kunster."):  # whose classes hand all others on to their bases
        parameters = {name: each for name, each in parameters.items() if not _is_rest(each)}
    return parameters, hints


def _constructors(built: Any) -> Iterator[Callable[..., Any]]:
    """The function itself, or the constructors of a class and of its bases."""
    if not inspect.isclass(built):
        yield inspect.unwrap(built)
        return
    for base in built.__mro__:
        if "__init__" in vars(base):
            yield inspect.unwrap(vars(base)["__init__"])


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, TypeError):  # names that are imported for type checkers alone
        return {}


def _optional(parameter: inspect.Parameter) -> inspect.Parameter:
    return parameter if _is_rest(parameter) else parameter.replace(default=None)


def _is_rest(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)


def _last_word(target: str) -> str:
    return target.rpartition(".")[2]
