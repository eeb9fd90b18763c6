"""Values that a user typed, made what a type hint asks for or refused in one line."""

import inspect
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from kunster.errors import UserError

WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def coerced(value: Any, hint: Any, key: str) -> Any:
    """The value as its type hint has it: yes, on and 1 are true, 3 is a number.

    Raises:
        UserError: it cannot be; the line says what is allowed.
    """
    if value is None and _takes_none(hint):
        return None
    try:
        return _adapter(hint).validate_python(value)
    except ValidationError as error:
        raise UserError(f"{key}={shown(value)}: must be {_allowed(hint, error)}") from error


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True))


def _allowed(hint: Any, error: ValidationError) -> str:
    """The values that a hint allows, in words."""
    problem = error.errors()[0]
    limits = {
        "greater_than_equal": "{ge} or more",
        "greater_than": "more than {gt}",
        "less_than_equal": "{le} or less",
        "less_than": "less than {lt}",
        "multiple_of": "a multiple of {multiple_of}",
    }
    ranged = limits.get(problem["type"])
    if ranged:
        return _type_in_words(hint) + ", " + ranged.format(**problem.get("ctx", {}))
    return _type_in_words(hint)


def _type_in_words(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type_in_words(arguments[0])
    if origin is Literal:
        return _listed([str(each) for each in arguments])
    if origin in (Union, UnionType):
        return _listed(list(dict.fromkeys(_kinds(hint))))
    if inspect.isclass(origin) and arguments:
        number = f" of {len(arguments)}" if origin is tuple and Ellipsis not in arguments else ""
        return f"a list{number}, each {_type_in_words(arguments[0])}"
    return WORDS.get(hint, f"a {getattr(hint, '__name__', hint)}")


def _kinds(hint: Any) -> Iterator[str]:
    """The alternatives of a union in words, those of unions and literals in it one by one."""
    for each in get_args(hint):
        if get_origin(each) in (Union, UnionType):
            yield from _kinds(each)
        elif get_origin(each) is Literal:
            yield from map(str, get_args(each))
        else:
            yield "null" if each is NoneType else _type_in_words(each)


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _takes_none(hint: Any) -> bool:
    return hint in (None, NoneType, Any) or NoneType in get_args(hint)


def shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
