"""Holds the arguments of a call against its signature, so that a value of a wrong kind is refused
with its name, and neither ignored nor sent.

What a parameter takes is said once, by its type: `checked` reads it there. A type that is not
known here, such as a callable or an option of gRPC, is left alone.
"""

from __future__ import annotations

import inspect
import reprlib
import types
from collections import abc
from collections.abc import Callable, Hashable, Iterator
from dataclasses import MISSING, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache, wraps
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from diplomatic_ledger.errors import InvalidArgument

Checked = TypeVar("Checked", bound=type)
Method = TypeVar("Method", bound=Callable[..., Any])


class Saying(NamedTuple):
    """What to give for a type, at the end of "Give ...", where the type alone does not tell."""

    give: str


class UpTo(NamedTuple):
    """The largest whole number that a field holds; the smallest is 0."""

    most: int


class AtLeast(NamedTuple):
    """Seconds are not fewer than these, and more than these where that is `beyond`."""

    least: float
    beyond: bool = False


class AsRead:
    """Marks a sequence of very many: each of it is held as it is read, and none is kept."""


class Secret:
    """Marks the type of what no message may show; a message names its kind."""


Position: TypeAlias = Annotated[int, UpTo(2**64 - 1)]
#: A number of things, or a version.
Count: TypeAlias = Annotated[int, UpTo(2**32 - 2)]
#: A time that some may well wait for.
Seconds: TypeAlias = Annotated[float, AtLeast(0)]
SomeSeconds: TypeAlias = Annotated[float, AtLeast(0, beyond=True)]

#: Gives the value to go on with: the argument itself, or the same in a form that is held against
#: its type as it is read. Raises InvalidArgument.
_Hold: TypeAlias = Callable[[str, Any], Any]


class _Wrong(Exception):
    """The value is of another kind."""


def checked(method: Method) -> Method:
    """The method, which raises InvalidArgument for an argument that its signature does not take;
    a coroutine does when it is awaited. What gets too many arguments, or one of an unknown name,
    is left to say so itself.
    """

    def held(args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        names, holds = _holds(method)
        args = (
            args[:1]
            + tuple(
                holds[name](name, value) if name in holds else value
                for name, value in zip(names, args[1:], strict=False)
            )
            + args[1 + len(names) :]
        )
        named = {
            name: holds[name](name, value) if name in holds else value
            for name, value in named.items()
        }
        return args, named

    if inspect.iscoroutinefunction(method):

        @wraps(method)
        async def awaited(*args: Any, **named: Any) -> Any:
            args, named = held(args, named)
            return await method(*args, **named)

        return cast("Method", awaited)

    @wraps(method)
    def called(*args: Any, **named: Any) -> Any:
        args, named = held(args, named)
        return method(*args, **named)

    return cast("Method", called)


def all_checked(kind: Checked) -> Checked:
    """The class with all its public methods and its constructor checked, those too that it
    inherits.
    """
    for name in dir(kind):
        method = inspect.getattr_static(kind, name)
        if inspect.isfunction(method) and (name == "__init__" or not name.startswith("_")):
            setattr(kind, name, checked(method))
    return kind


def hold(name: str, value: Any, hint: Any) -> Any:
    """The value for an argument of this type. Raises InvalidArgument."""
    return _hold_of(hint)(name, value)


def hold_fields(told: Any) -> dict[str, Any]:
    """The fields of a dataclass, each held against its type; None stands for what may be left
    out. Raises InvalidArgument.
    """
    return {
        name: held(name, getattr(told, name))
        for name, held in _dataclass_holds(cast("Hashable", type(told))).items()
    }


@cache
def _dataclass_holds(kind: Hashable) -> dict[str, _Hold]:
    hints = get_type_hints(kind, include_extras=True)
    return {
        each.name: _or_left_out(hints[each.name], each.default)
        for each in fields(cast("Any", kind))
    }


def field_holds(kind: Any) -> dict[str, _Hold]:
    """What holds the fields of a class."""
    return _field_holds(kind)


@cache
def _field_holds(kind: Hashable) -> dict[str, _Hold]:
    return {
        name: _hold_of(hint) for name, hint in get_type_hints(kind, include_extras=True).items()
    }


@cache
def _holds(method: Callable[..., Any]) -> tuple[tuple[str, ...], dict[str, _Hold]]:
    """The parameters that may be given by place, without the first, and what holds each."""
    hints = get_type_hints(method, include_extras=True)
    parameters = [*inspect.signature(method).parameters.values()][1:]
    by_place = tuple(
        each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD
    )
    # The fields of a filter are held where it is made.
    return by_place, {
        each.name: _or_left_out(hints[each.name], each.default)
        for each in parameters
        if each.kind is not each.VAR_KEYWORD and each.name in hints
    }


def _or_left_out(hint: Any, default: Any) -> _Hold:
    """What holds a value that has a default. In place of a text, a number, a truth value or a
    sequence None says what it says in a message: that it is left out. Of all others, such as an
    address, it may be a slip.
    """
    hold_it = _hold_of(hint)
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if default in (MISSING, inspect.Parameter.empty) or not (
        kind in (str, int, bool) or get_origin(kind) in _SEQUENCES
    ):
        return hold_it
    return lambda name, value: default if value is None else hold_it(name, value)


@cache
def _hold_of(hint: Any) -> _Hold:
    take = _taker(hint)
    give = " or ".join(_says(hint))
    is_secret = _is_secret(hint)

    def held(name: str, value: Any) -> Any:
        try:
            return take(name, value)
        except _Wrong as wrong:
            kind = type(value).__name__
            # A mapping may be an item, or credentials, in a wrong place.
            if is_secret or isinstance(value, abc.Mapping):
                said = f"a value of type {kind} {str(wrong) or 'is of the wrong kind'}"
            else:
                said = f"{shown(value)} {str(wrong) or f'is of the wrong kind, {kind}'}"
            message = f"{name}: {said}. Give {give}."
            raise InvalidArgument(message) from wrong.__cause__

    return held


def _is_secret(hint: Any) -> bool:
    """Whether a value of this type has, or is, what no message may show."""
    return (
        hint is Secret
        or getattr(hint, "__name__", "") in _SECRET_KINDS
        or any(map(_is_secret, get_args(hint)))
    )


#: An item may have texts that are to be sealed.
_SECRET_KINDS = ("Credentials", "RecordItem")


def shown(value: Any) -> str:
    """A value of an argument, as a message shows it."""
    return _short.repr(value)


_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80


def _taker(hint: Any) -> _Hold:
    """What takes values of a type. Raises _Wrong, and InvalidArgument for a part of a value."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _annotated(hint)
    if origin in (Union, types.UnionType):
        return _any_of([_taker(each) for each in get_args(hint)])
    if origin is Literal:
        return _text  # the words of an enum say more of one that is unknown
    if origin in _SEQUENCES and (member := _member(hint)) is not None:
        return _several(_hold_of(member))
    if origin is abc.Mapping:
        return _mapping(*map(_hold_of, get_args(hint)))
    if origin is tuple:
        return _tuple([_taker(each) for each in get_args(hint)])
    if origin is abc.Callable:
        return _callable
    if isinstance(hint, type) and origin is None:
        return _KINDS.get(hint) or (_instance_of(hint) if _is_ours(hint) else _anything)
    return _anything


_SEQUENCES = (abc.Iterable, abc.Sequence, tuple)


def _member(hint: Any) -> Any:
    """The type of each member of a sequence; None where it differs from place to place."""
    member, *more = get_args(hint)
    return member if not more or more == [...] else None


def _is_ours(kind: type) -> bool:
    return kind is type(None) or kind.__module__.startswith(__package__ or "")


def _says(hint: Any) -> list[str]:
    """What may be given for a type, in words."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        told = [each for each in args[1:] if isinstance(each, Saying)]
        return (
            [told[-1].give]
            if told
            else [f"{each}{_bounds(args[1:])}" for each in _says(args[0])]
        )
    if origin in (Union, types.UnionType):
        given = [each for each in args if each is not type(None)]
        return list(dict.fromkeys(said for each in given for said in _says(each)))
    if origin is Literal:
        return [repr(each) for each in args]
    if origin in _SEQUENCES and (member := _member(hint)) is not None:
        return [f"a sequence, each of it {' or '.join(_says(member))}"]
    if origin is abc.Mapping:
        key, each = args
        return [f"a mapping of {' or '.join(_says(key))} to {' or '.join(_says(each))}"]
    if origin is tuple:
        return [f"a tuple of {' and '.join(' or '.join(_says(each)) for each in args)}"]
    if origin is abc.Callable:
        return ["something that can be called"]
    return [_WORDS.get(hint) or f"a {getattr(hint, '__name__', hint)}"]


def _bounds(extras: tuple[Any, ...]) -> str:
    for each in extras:
        match each:
            case UpTo(most):
                return f" from 0 to {most}"
            case AtLeast(least, beyond):
                return f" {'above' if beyond else 'from'} {least:g}"
    return ""


def _annotated(hint: Any) -> _Hold:
    kind, *extras = get_args(hint)
    if AsRead in extras:
        return _several(_hold_of(_member(kind)), as_read=True)
    take = _taker(kind)

    def held(name: str, value: Any) -> Any:
        taken = take(name, value)
        for each in extras:
            match each:
                case UpTo(most) if not 0 <= taken <= most:
                    raise _Wrong("is out of range")
                case AtLeast(least, beyond) if not (
                    taken > least or (taken == least and not beyond)
                ):
                    raise _Wrong("is out of range")
        return taken

    return held


def _any_of(takers: list[_Hold]) -> _Hold:
    def held(name: str, value: Any) -> Any:
        problem = _Wrong()
        for take in takers:
            try:
                return take(name, value)
            except _Wrong as wrong:
                problem = wrong if str(wrong) else problem
        raise problem

    return held


def _several(hold_each: _Hold, *, as_read: bool = False) -> _Hold:
    """A collection is looked at as a whole, unless it is to be held `as_read`; of what can be
    read only once each member is as it is read.
    """

    def members(name: str, read: Iterator[Any]) -> Iterator[Any]:
        for number, each in enumerate(read):
            yield hold_each(f"{name}[{number}]", each)

    def held(name: str, value: Any) -> Any:
        if isinstance(value, str):
            raise _Wrong("is a single text")
        if isinstance(value, bytes | bytearray | memoryview | type):
            raise _Wrong
        try:
            read = iter(value)  # also of what has numbered members and says no more of itself
        except TypeError:
            raise _Wrong from None
        is_read_once = isinstance(value, abc.Iterable) and not isinstance(value, abc.Collection)
        if as_read or is_read_once:
            return members(name, read)
        return [*members(name, read)]

    return held


def _mapping(hold_key: _Hold, hold_each: _Hold) -> _Hold:
    def held(name: str, value: Any) -> Any:
        if not isinstance(value, abc.Mapping):
            raise _Wrong
        return {
            hold_key(f"{name}, a key", key): hold_each(f"{name}[{shown(key)}]", each)
            for key, each in value.items()
        }

    return held


def _tuple(takers: list[_Hold]) -> _Hold:
    def held(name: str, value: Any) -> Any:
        if not isinstance(value, tuple | list) or len(value) != len(takers):
            raise _Wrong
        return tuple(take(name, each) for take, each in zip(takers, value, strict=True))

    return held


def _text(_name: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise _Wrong
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _Wrong(
                f"has half of a surrogate pair at {error.start}, which is no character"
            ) from error
    return value


def _truth(_name: str, value: Any) -> Any:
    if not _is_truth(value):
        raise _Wrong
    return bool(value)


def _is_truth(value: Any) -> bool:
    """Those of numpy are truth values too; older versions call their type bool_."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def _whole(_name: str, value: Any) -> Any:
    """Numbers of numpy are taken too; True is not a number here."""
    if _is_truth(value) or not hasattr(value, "__index__"):
        raise _Wrong
    return value.__index__()


def _number(_name: str, value: Any) -> Any:
    if _is_truth(value) or not hasattr(value, "__float__") or isinstance(value, str):
        raise _Wrong
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        raise _Wrong("is out of range") from None
    return value if isinstance(value, int | float) else number


def _day(_name: str, value: Any) -> Any:
    """A time is no day: which one it is on depends on the zone."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _Wrong
    return value


def _callable(_name: str, value: Any) -> Any:
    if not callable(value):
        raise _Wrong
    return value


def _anything(_name: str, value: Any) -> Any:
    return value


def _instance_of(kind: type) -> _Hold:
    def held(_name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            raise _Wrong
        return value

    return held


_KINDS: dict[Any, _Hold] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    bytes: _instance_of(bytes),
    date: _day,
    datetime: _instance_of(datetime),
    Decimal: _instance_of(Decimal),
    type(None): _instance_of(type(None)),
}
_WORDS: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    bytes: "bytes",
    date: "a datetime.date",
    datetime: "a datetime",
}
