"""The file of grants: TOML that people write and commands change.

[[grant]]
issuer = "token"
subject = "newsroom"
ledger = "us-dprk-2018"
roles = ["recorder", "cleared"]
parties = ["dprk"]
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeGuard

from ledger_service.access.kept_file import FileRefused, check_safe, write_kept
from ledger_service.access.roles import EVERY_LEDGER, Grant, Role
from ledger_service.access.users import look_alike
from ledger_service.domain.checks.fields import ID
from ledger_service.domain.values import limits
from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.harmless import harmless_line

GRANTS_FILE = "grants.toml"

_KEYS = {"issuer", "subject", "ledger", "roles", "parties"}
#: Bytes of the words of a grant that is made; those in a file are taken as they are.
_MOST = {"issuer": limits.ISSUER, "subject": limits.SUBJECT}
_ROLES = ", ".join(Role)
#: Where a grant begins in the file, with the comments directly above it.
_BEGINNING = re.compile(r"^(?:[ \t]*#[^\n]*\n)*[ \t]*\[\[[ \t]*grant[ \t]*\]\]", re.MULTILINE)
_HEAD = (
    "# Who may do what. The service reads it again when it changes; each change is logged.\n"
)

#: The grants that were read last, by what is written of each.
_known: dict[str, Grant] = {}


def read_grants(path: Path) -> tuple[Grant, ...]:
    """The grants in a file. Raises FileRefused, which names every problem."""
    try:
        check_safe(path)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise FileRefused(f"{path} is no TOML: {error}. Correct it.") from None
    return _grants(text, path)


def _grants(text: str, path: Path) -> tuple[Grant, ...]:
    """The grants in a text. Of one that is written grant by grant only what changed since the
    last one is looked at: TOML is slow to read, and the service waits for it.
    """
    global _known  # noqa: PLW0603 - replaced as a whole, by whichever thread reads
    head, parts = _parted(text)
    known = {part: found for part, found in parts if found is not None}
    if len(known) < len({part for part, _ in parts}) or not _says_nothing(head):
        return _all_grants(text, path)
    _known = known
    return tuple(known[part] for part, _ in parts)


def _parted(text: str) -> tuple[str, list[tuple[str, Grant | None]]]:
    """What stands before the first grant, and each part in which one begins, from the comments
    directly above it on; with None where something else stands there.
    """
    known = _known
    bounds = [0, *(found.start() for found in _BEGINNING.finditer(text)), len(text)]
    head, *parts = (text[start:end] for start, end in pairwise(bounds))
    return head, [(each, known.get(each) or _one_grant(each)) for each in parts]


def _says_nothing(head: str) -> bool:
    try:
        return not tomllib.loads(head)
    except tomllib.TOMLDecodeError:
        return False


def _one_grant(part: str) -> Grant | None:
    """The grant that is all of this part; None where it is anything else."""
    try:
        found = tomllib.loads(part)
    except tomllib.TOMLDecodeError:
        return None
    listed = found.get("grant")
    if found.keys() != {"grant"} or not isinstance(listed, list) or len(listed) != 1:
        return None
    return _grant(1, listed[0], [])


def _all_grants(text: str, path: Path) -> tuple[Grant, ...]:
    """The grants in any text. Raises FileRefused, which names every problem."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileRefused(f"{path} is no TOML: {error}. Correct it.") from None
    problems = [f"there is no {key!r} but [[grant]]" for key in found.keys() - {"grant"}]
    listed = found.get("grant", [])
    if not isinstance(listed, list):
        raise FileRefused(f"{path}: write each grant under [[grant]].")
    grants = [_grant(number, each, problems) for number, each in enumerate(listed, start=1)]
    if problems:
        raise FileRefused(f"{path}: {'; '.join(problems)}. Correct it.")
    return tuple(each for each in grants if each is not None)


def write_grants(path: Path, grants: Iterable[Grant]) -> None:
    """Replaces the file. It has the mode 0600. Comments stay as people wrote them; only those
    directly above a grant that is gone go with it. Raises FileRefused.
    """
    wanted = tuple(grants)
    told = _with_comments(path, wanted) or "\n".join([_HEAD, *map(_told, wanted)])
    write_kept(path, told.encode())


def _with_comments(path: Path, wanted: tuple[Grant, ...]) -> str:
    """What the file says, changed to these grants grant by grant; empty where it has no
    comments, or is not written such that this can be done.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    if "#" not in text.removeprefix(_HEAD):
        return ""
    head, parts = _parted(text)
    there, all_wanted = {found for _, found in parts}, frozenset(wanted)
    kept = [part for part, found in parts if found in all_wanted]
    new = [f"\n{_told(each)}" for each in wanted if each not in there]
    told = "".join([*_ended([head, *kept]), *new])
    try:
        return told if _grants(told, path) == wanted else ""
    except FileRefused:
        return ""


def _ended(parts: Iterable[str]) -> Iterator[str]:
    """The last line of a file may lack its end."""
    return (each if each.endswith("\n") or not each else f"{each}\n" for each in parts)


def grant(
    issuer: str, subject: str, ledger: str, roles: Iterable[str], parties: Iterable[str] = ()
) -> Grant:
    """A grant of these words. Raises Invalid, which names every field that is wrong."""
    told = {
        "issuer": issuer,
        "subject": subject,
        "ledger": ledger,
        "roles": list(roles),
        "parties": list(parties),
    }
    found = [*_problems(told), *_unfit(told)]
    if found:
        raise Invalid(tuple(Violation(field, _sentence(each)) for field, each in found))
    return _made(told)


def _grant(number: int, told: Any, problems: list[str]) -> Grant | None:
    if not isinstance(told, dict):
        problems.append(
            f"grant {number}: write it as a table with issuer, subject, ledger and roles"
        )
        return None
    found = [each for _, each in _problems(told)]
    problems += [f"grant {number}: {each}" for each in found]
    return None if found else _made(told)


def _problems(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a grant, each with the key."""
    for key in sorted(told.keys() - _KEYS):
        yield key, f"there is no {key!r}"
    words = {key: told.get(key, "") for key in ("issuer", "subject", "ledger")}
    for key, value in words.items():
        if not isinstance(value, str) or not value.strip():
            yield key, f"give {key} as a text"
    ledger = words["ledger"]
    if isinstance(ledger, str) and ledger and not _is_ledger(ledger):
        yield (
            "ledger",
            f"no ledger can be named {ledger[:80]!r}; give its name, or * for every one",
        )
    roles, parties = told.get("roles"), told.get("parties", [])
    if not _is_texts(roles) or not roles:
        yield "roles", f"give roles as a list of {_ROLES}"
    elif unknown := sorted(set(roles) - set(Role)):
        yield "roles", f"there is no role {unknown[0]!r}; there are {_ROLES}"
    if not _is_texts(parties):
        yield "parties", "give parties as a list of ids of parties"
    elif parties and _is_texts(roles) and Role.RECORDER not in roles:
        yield "parties", "parties are for the role of a recorder only"


def _unfit(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What else is wrong with words that are new: too long, or not what can be shown in one
    line, so that no name passes for more than one.
    """
    for key, most in _MOST.items():
        value = told[key]
        if len(value.encode("utf-8", "replace")) > most:
            yield key, f"this has more than {most} bytes; shorten it"
        elif harmless_line(value) != value:
            yield (
                key,
                f"{value[:80]!r} is no text of one line; write it without control characters",
            )
        elif problem := look_alike(value):
            yield key, problem.removesuffix(".")
    for each in told["parties"]:
        if not ID.fullmatch(each):
            yield "parties", f"no party has the id {each[:80]!r}; give the id of its entry"
    if len(told["parties"]) > limits.PARTIES:
        yield "parties", f"at most {limits.PARTIES} parties fit a grant; make several grants"


def _sentence(problem: str) -> str:
    return f"{problem[0].upper()}{problem[1:]}."


def _made(told: dict[str, Any]) -> Grant:
    roles, parties = told["roles"], told.get("parties", [])
    assert _is_texts(roles)
    assert _is_texts(parties)
    return Grant(
        told["issuer"],
        told["subject"],
        told["ledger"],
        frozenset(Role(each) for each in roles),
        frozenset(parties),
    )


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)


def _is_ledger(name: str) -> bool:
    return name == EVERY_LEDGER or limits.LEDGER_NAME.fullmatch(name) is not None


def _told(each: Grant) -> str:
    lines = [
        "[[grant]]",
        f"issuer = {_text(each.issuer)}",
        f"subject = {_text(each.subject)}",
        f"ledger = {_text(each.ledger)}",
        f"roles = [{', '.join(map(_text, (role for role in Role if role in each.roles)))}]",
    ]
    if each.parties:
        lines.append(f"parties = [{', '.join(map(_text, sorted(each.parties)))}]")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """As a text of TOML. One of JSON is one too but for what it does not escape, and for the
    pairs by which it escapes what lies beyond the first plane of Unicode.
    """
    told = json.dumps(value, ensure_ascii=False)
    if told.isprintable():
        return told
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in told)
