"""Whether a new entry says what an entry of its id says already, as far as anybody may know.

Of a sealed text only its place is compared. Whoever may record could otherwise offer one guess
after the other, and the answer would tell which of them is right.
"""

from __future__ import annotations

from ledger_service.domain.values.entries import Sealed, State
from ledger_service.domain.values.sealing import sealed_fields, with_texts

#: Stands for every sealed text.
_SEALED = Sealed("a text")


def differing(offered: State, there: State) -> tuple[str, ...]:
    """The fields in which two states differ; none when they say the same. Of states of two
    types that is `state` as a whole.
    """
    if offered == there:
        return ()
    if type(offered) is not type(there):
        return ("state",)
    first, second = _without_seals(offered), _without_seals(there)
    return tuple(
        name
        for name in offered.__struct_fields__
        if getattr(first, name) != getattr(second, name)
    )


def _without_seals(state: State) -> State:
    seals = {field.path: _SEALED for field in sealed_fields(state)}
    return with_texts(state, seals) if seals else state
