"""Looks that take a value apart into all of its fields, so that a new one is not forgotten.

The parameters of such a function are the fields themselves. Whoever adds a field to a value
cannot start the program before each look at it names the field.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, TypeVar

import msgspec

Look = TypeVar("Look", bound=Callable[..., Any])


def every_field(struct: type[msgspec.Struct]) -> Callable[[Look], Look]:
    """Holds a function against the fields of `struct` where it is defined. It is called with
    `*astuple(value)`.

    Its parameters are those fields, in their order; what it needs besides stands before a
    `/` or after a `*`. A field that it has nothing to do with begins with an underscore; an
    underscore at the end keeps a name apart from that of a builtin. Raises TypeError.
    """

    def held(look: Look) -> Look:
        named = [
            each.name.strip("_")
            for each in signature(look).parameters.values()
            if each.kind is Parameter.POSITIONAL_OR_KEYWORD
        ]
        _hold(f"{look.__module__}.{look.__qualname__}", struct, named)
        return look

    return held


def _hold(look: str, struct: type[msgspec.Struct], named: list[str]) -> None:
    fields = struct.__struct_fields__
    for name in fields:
        if name not in named:
            raise TypeError(
                f"{look} does not look at {struct.__name__}.{name}. Give it a rule there, or "
                f"name it _{name} where nothing about it can be wrong."
            )
    for name in named:
        if name not in fields:
            raise TypeError(f"{look} looks at {struct.__name__}.{name}, which is no field.")
    if named != [*fields]:
        raise TypeError(
            f"{look} has the fields of {struct.__name__} in another order than they are "
            f"given in: {', '.join(fields)}."
        )
