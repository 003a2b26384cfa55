"""Short forms that people write in entry files, spelled out as the fields of their messages.

`counterparty: us` is a list of one, `codes: {iso3: PRK}` a list of codes, `quantity: 500000 t`
an amount and its unit, `place: Singapore` a name. `instalments: {every: month, from: 1995-11,
to: 1996-10, quantity: 500000 t}` are equal parts, one for each month.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from diplomatic_ledger import dates, likeness, words
from diplomatic_ledger.json_form import scalars
from diplomatic_ledger.json_form.problems import Path, Problem

_AMOUNT = re.compile(r"(\S*\d\S*)\s+(\S.*)", re.ASCII)
#: 500 000 t: what comes first is not the amount.
_GROUPED = re.compile(r"(\d{1,3}(?:\s\d{3})+(?:\.\d+)?)\s+(\S.*)", re.ASCII)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
_EVERY = (*_DAYS, *_MONTHS)
_SERIES = ("every", "from", "to", "quantity")
_MOST_INSTALMENTS = 200
#: Kinds of acts that all sides do alike.
_OF_ALL_SIDES = ("meeting", "agreement", "signature")


def act(fields: Mapping[str, Any], path: Path, problems: list[Problem]) -> Mapping[str, Any]:
    """The fields of an act with `counterparties` in place of `counterparty`."""
    actors = fields.get("actor")
    if isinstance(actors, list | tuple):
        problems.append(Problem((*path, "actor"), _several_actors(actors, fields)))
        fields = {key: value for key, value in fields.items() if key != "actor"}
    if "counterparty" not in fields:
        return fields
    one = fields["counterparty"]
    rest = {key: value for key, value in fields.items() if key != "counterparty"}
    problem = ""
    if "counterparties" in fields:
        problem = "this stands beside counterparties. Write one of them"
    elif isinstance(one, list | tuple):
        problem = f"a list stands here. Write counterparties: {_listed(one)}"
    if problem:
        problems.append(Problem((*path, "counterparty"), problem))
    if problem or one is None:
        return rest
    return {**rest, "counterparties": [one]}


def _several_actors(actors: Sequence[Any], fields: Mapping[str, Any]) -> str:
    """What helps: of what all sides did, and where no other side stands, the others are that side;
    else they did it together.
    """
    if not actors:
        return "this list is empty. Leave it out where nobody is known to have done it"
    first, others = actors[0], actors[1:]
    if not others:
        return f"a list stands here. Write actor: {first}"
    is_joint = fields.get("joint") in (True, "true") or fields.get("kind") in _OF_ALL_SIDES
    if is_joint and not (fields.get("counterparty") or fields.get("counterparties")):
        joint = "" if fields.get("joint") in (True, "true") else "joint: true, "
        return f"a list stands here. Write actor: {first}, {joint}counterparties: {_listed(others)}"
    return f"a list stands here. Write actor: {first} and co_actors: {_listed(others)}"


def party(fields: Mapping[str, Any], path: Path, problems: list[Problem]) -> Mapping[str, Any]:
    """The fields of a party with a list of codes in place of `{scheme: value}`."""
    codes = fields.get("codes")
    if not isinstance(codes, Mapping):
        return fields
    listed = []
    for scheme, value in codes.items():
        try:
            listed.append({"scheme": scheme, "value": scalars.text(value)})
        except ValueError as error:
            problems.append(Problem((*path, "codes", str(scheme)), str(error)))
    return {**fields, "codes": listed}


def commitment(
    fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> Mapping[str, Any]:
    """The fields of a commitment with its instalments one by one, each an equal share, and
    with the quantity that the short form states.
    """
    series = fields.get("instalments")
    if not isinstance(series, Mapping):
        return fields
    place = (*path, "instalments")
    for key in series:
        if key not in _SERIES:
            problem = f"there is no such field. {words.advice(str(key), _SERIES)}"
            problems.append(Problem((*place, str(key)), problem))
    try:
        intervals = list(_intervals(series))
    except ValueError as error:
        problems.append(Problem(place, str(error)))
        return {key: value for key, value in fields.items() if key != "instalments"}
    share = f"1/{len(intervals)}"
    parts = [{"due": f"{first}/{last}", "share": share} for first, last in intervals]
    spelled = {**fields, "instalments": parts}
    amount = quantity(series.get("quantity"))
    if isinstance(amount, Mapping):
        spelled["quantity"] = amount
        stated = fields.get("quantity")
        if stated is not None and quantity(stated) != amount:
            problem = "this differs from the quantity of the commitment. State it once"
            problems.append(Problem((*place, "quantity"), problem))
    elif amount is not None:
        problems.append(Problem((*place, "quantity"), no_quantity(amount)))
    return spelled


def quantity(value: Any) -> Any:
    """`500000 t` as a mapping {value, unit}; anything else as it is."""
    if not isinstance(value, str) or _GROUPED.fullmatch(value.strip()):
        return value
    match = _AMOUNT.fullmatch(value.strip())
    return {"value": match[1], "unit": match[2]} if match else value


def no_quantity(value: Any) -> str:
    """What is wrong with a quantity that is neither a mapping nor an amount with its unit."""
    grouped = _GROUPED.fullmatch(str(value).strip())
    if grouped is not None:
        meant = "".join(grouped[1].split())
        return f"{value!r} has its digits in groups. Write {meant} {grouped[2]}"
    return f"{value!r} is no quantity. Write the amount and its unit, such as 500000 t"


def _intervals(series: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The days of each instalment. Raises ValueError."""
    every = series.get("every")
    if every not in _EVERY:
        near = likeness.among(str(every), _EVERY)
        remedy = f". Did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"every is one of {', '.join(_EVERY)}, not {every!r}{remedy}")
    first, last = _end(series, "from"), _end(series, "to")
    starts = first
    for number in range(1, _MOST_INSTALMENTS + 1):
        after = _later(first, str(every), number)
        yield starts.isoformat(), (after - timedelta(days=1)).isoformat()
        if after > last:
            break
        starts = after
    else:
        raise ValueError(
            f"from {first} to {last} there are more than {_MOST_INSTALMENTS} instalments. "
            "Write longer ones, or several commitments"
        )
    if after != last + timedelta(days=1):
        raise ValueError(
            f"from {first} to {last} is no whole number of times a {every}. "
            f"The last one would end on {after - timedelta(days=1)}"
        )


def _end(series: Mapping[str, Any], key: str) -> date:
    """The first day that `from` means, or the last one that `to` means."""
    said = series.get(key)
    if said is None:
        raise ValueError(f"{key} is missing. Write {key}: 1995-11, or a day")
    interval = dates.parse(str(said))
    day = interval.from_day if key == "from" else interval.to_day
    if not day:
        raise ValueError(f"{key}: {said!r} is open. Write a day, a month or a year")
    return dates.day(day)


def _later(day: date, every: str, times: int) -> date:
    if every in _DAYS:
        return day + timedelta(days=_DAYS[every] * times)
    months = day.year * 12 + day.month - 1 + _MONTHS[every] * times
    year, month = divmod(months, 12)
    longest = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, longest))


def _listed(values: Any) -> str:
    return f"[{', '.join(str(value) for value in values)}]"
