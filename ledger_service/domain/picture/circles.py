"""Finds strongly connected components."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


def circles(start: str, leads_to: Callable[[str], Sequence[str]]) -> Iterator[list[str]]:
    """All entries that can be reached from one, itself included, grouped into strongly
    connected components; each component comes after all to which it leads. This is Tarjan's
    algorithm with an explicit stack.
    """
    number = {start: 0}
    lowest = {start: 0}
    open_: list[str] = [start]
    is_open = {start}
    path = [(start, iter(leads_to(start)))]
    while path:
        entry, rest = path[-1]
        following = next(rest, None)
        if following is None:
            path.pop()
            if path:
                before = path[-1][0]
                lowest[before] = min(lowest[before], lowest[entry])
            if lowest[entry] == number[entry]:
                group = [open_.pop()]
                while group[-1] != entry:
                    group.append(open_.pop())
                is_open.difference_update(group)
                yield group
        elif following not in number:
            number[following] = lowest[following] = len(number)
            open_.append(following)
            is_open.add(following)
            path.append((following, iter(leads_to(following))))
        elif following in is_open:
            lowest[entry] = min(lowest[entry], number[following])
