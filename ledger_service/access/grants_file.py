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
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeGuard

from ledger_service.access.kept_file import FileRefused, check_safe, write_kept
from ledger_service.access.roles import EVERY_LEDGER, Grant, Role
from ledger_service.domain.values.limits import LEDGER_NAME

GRANTS_FILE = "grants.toml"

_KEYS = {"issuer", "subject", "ledger", "roles", "parties"}
_ROLES = ", ".join(Role)
_HEAD = (
    "# Who may do what. The service reads it again when it changes; each change is logged.\n"
)


def read_grants(path: Path) -> tuple[Grant, ...]:
    """The grants in a file. Raises FileRefused, which names every problem."""
    try:
        check_safe(path)
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
    """Replaces the file. It has the mode 0600."""
    write_kept(path, "\n".join([_HEAD, *map(_told, grants)]).encode())


def grant(
    issuer: str, subject: str, ledger: str, roles: Iterable[str], parties: Iterable[str] = ()
) -> Grant:
    """A grant of these words. Raises ValueError with a sentence that says what is wrong."""
    problems: list[str] = []
    made = _grant(
        0,
        {
            "issuer": issuer,
            "subject": subject,
            "ledger": ledger,
            "roles": list(roles),
            "parties": list(parties),
        },
        problems,
    )
    if made is None:
        raise ValueError(f"{problems[0][0].upper()}{problems[0][1:]}.")
    return made


def _grant(number: int, told: Any, problems: list[str]) -> Grant | None:
    at = f"grant {number}: " if number else ""
    if not isinstance(told, dict):
        problems.append(f"{at}write it as a table with issuer, subject, ledger and roles")
        return None
    found: list[str] = [f"there is no {key!r}" for key in sorted(told.keys() - _KEYS)]
    words = {key: told.get(key, "") for key in ("issuer", "subject", "ledger")}
    for key, value in words.items():
        if not isinstance(value, str) or not value.strip():
            found.append(f"give {key} as a text")
    ledger = words["ledger"]
    if isinstance(ledger, str) and ledger and not _is_ledger(ledger):
        found.append(f"no ledger can be named {ledger!r}; give its name, or * for every one")
    roles, parties = told.get("roles"), told.get("parties", [])
    if not _is_texts(roles) or not roles:
        found.append(f"give roles as a list of {_ROLES}")
    elif unknown := sorted(set(roles) - set(Role)):
        found.append(f"there is no role {unknown[0]!r}; there are {_ROLES}")
    if not _is_texts(parties):
        found.append("give parties as a list of ids of parties")
    elif parties and _is_texts(roles) and Role.RECORDER not in roles:
        found.append("parties are for the role of a recorder only")
    problems += [f"{at}{each}" for each in found]
    if found:
        return None
    assert _is_texts(roles)
    assert _is_texts(parties)
    return Grant(
        words["issuer"],
        words["subject"],
        ledger,
        frozenset(Role(each) for each in roles),
        frozenset(parties),
    )


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)


def _is_ledger(name: str) -> bool:
    return name == EVERY_LEDGER or LEDGER_NAME.fullmatch(name) is not None


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
    """As a text of TOML: one of JSON is one too, but for the sign DEL."""
    return json.dumps(value).replace("\x7f", "\\u007f")
