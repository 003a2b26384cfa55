"""What a call spends its time with, for whoever traces calls. Where nobody does, this costs a look
at one variable.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Protocol, TypeAlias

#: Names and values of a call's metadata.
Metadata: TypeAlias = Collection[tuple[str, str | bytes]]


class CallSpan(Protocol):
    """One call, from its beginning to `end`."""

    #: 32 hexadecimal digits.
    trace_id: str

    def end(self, code: str, **facts: str) -> None:
        """The call ended with this status; `facts` are words about it, never content."""
        ...


class Tracer(Protocol):
    def begin(self, method: str, metadata: Metadata) -> CallSpan:
        """Begins a call, as a part of the trace that its metadata name."""
        ...

    def part(self, name: str) -> AbstractContextManager[object]:
        """A part of the call that the running task serves."""
        ...


_TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)
_UNTRACED: AbstractContextManager[object] = nullcontext()


def trace(tracer: Tracer) -> None:
    """Has the running task traced."""
    _TRACER.set(tracer)


def part(name: str) -> AbstractContextManager[object]:
    """Marks what is done in the block as a part of the call that the running task serves."""
    tracer = _TRACER.get()
    return _UNTRACED if tracer is None else tracer.part(name)
