"""How the values of settings are read, and shown without secrets. A value that is wrong
raises ValueError with what to give instead.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path

#: What a JSON Web Token may be signed with: who can verify one cannot make one.
PUBLIC_KEY_ALGORITHMS = (
    "EdDSA",
    "ES256",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
)


def path(value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError("give the path of a folder")
    return Path(value).expanduser()


def folder(value: object) -> Path:
    found = path(value)
    if found.exists() and not found.is_dir():
        raise ValueError("there is a file of this name; give the path of a folder")
    return found


def maybe_folder(value: object) -> Path | None:
    return folder(value) if value else None


def maybe_path(value: object) -> Path | None:
    return path(value) if value else None


def address(value: object) -> str:
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\[\]]+):(\d{1,5})", str(value))
    if not match or int(match[2]) > 65535:
        raise ValueError("give HOST:PORT, such as 127.0.0.1:50551; port 0 takes a free one")
    return str(value)


def maybe_address(value: object) -> str:
    return address(value) if value else ""


def is_loopback(listen: str) -> bool:
    """Whether HOST:PORT can be reached from this machine only."""
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._~/-]{1,200}", value):
        raise ValueError(
            "give a name without scheme such as ledger.example.org, "
            "from letters, digits and . _ ~ / -"
        )
    return value.rstrip("/")


def url_or_path(value: object) -> str:
    """A path, or the URL of something that is fetched: over TLS, or from this machine."""
    text = str(value).strip()
    found = re.fullmatch(r"http://([^/?#@]+?)(?::\d+)?(?:[/?#].*)?", text)
    if found and not is_loopback(f"{found[1]}:0"):
        raise ValueError("give a URL that begins with https://; http:// is for loopback only")
    return text


def maybe_url(value: object) -> str:
    """The URL of a collector, which is no secret."""
    text = str(value or "").strip()
    if text and not re.fullmatch(r"https?://[^/?#@\s]+:\d{1,5}/?", text):
        raise ValueError("give http://HOST:PORT or https://HOST:PORT")
    return text


def algorithms(value: object) -> str:
    """Names of algorithms with commas between them; a list is taken too."""
    listed = value if isinstance(value, list) else str(value).split(",")
    found = [str(each).strip() for each in listed]
    if unknown := [each for each in found if each not in PUBLIC_KEY_ALGORITHMS]:
        known = ", ".join(PUBLIC_KEY_ALGORITHMS)
        raise ValueError(f"{unknown[0]!r} is none of those with public keys: {known}")
    return ",".join(found)


def any_text(value: object) -> str:
    return str(value).strip()


def flag(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "on": True}
    words |= {"false": False, "no": False, "0": False, "off": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError("give true or false")
    return words[str(value).lower()]


def one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"give one of {', '.join(words)}")
        return str(value)

    return read


_HOST = r"(?:\[[^\[\]@/?]*\]|[^\[\]:,@/?]*)(?::[0-9]*)?"
#: Stricter than the driver: what it would take for the rest of a password is no part of it.
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)"
    r"(?:(?P<user>[^:@/?]*)(?P<password>:[^@/?]*)?@)?"
    rf"(?P<place>{_HOST}(?:,{_HOST})*(?:/[^@/?]*)?)"
    r"(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_DATABASE = (
    "a URL such as postgresql://user@host/database; in names and passwords write / @ ? % as "
    "%2F %40 %3F %25"
)
#: What a URL of a database, or its other form `host=db user=me`, may say for all to see.
#: Whatever else stands there can be a secret, or a mistyped one.
_OPEN_PARAMETERS = frozenset(
    (
        "application_name",
        "channel_binding",
        "connect_timeout",
        "dbname",
        "gssencmode",
        "host",
        "hostaddr",
        "load_balance_hosts",
        "port",
        "sslmode",
        "target_session_attrs",
        "user",
    )
)
_HIDDEN = "***"


def database(value: object) -> str:
    """The URL of a PostgreSQL database. Raises ValueError with the remedy."""
    found = _URL.fullmatch(str(value))
    if found is None or found["scheme"] not in ("postgres://", "postgresql://"):
        raise ValueError(f"give {_DATABASE}")
    return str(value)


def store(value: object) -> str:
    if value == "sqlite":
        return "sqlite"
    try:
        return database(value)
    except ValueError:
        raise ValueError(f"give sqlite, or {_DATABASE}") from None


def shown(value: object) -> object:
    """A value as it may be printed: the URL of a database without anything that can be a
    secret.
    """
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, str):
        return _without_secrets(value)
    return value


def _without_secrets(text: str) -> str:
    if (url := _URL.fullmatch(text)) is not None:
        return _open_url(url)
    scheme, mark, _ = text.partition("://")
    if mark or text.startswith("postgres"):
        return f"{scheme if mark else 'postgres'}{mark}{_HIDDEN}"
    if "@" in text:
        return f"{_HIDDEN}@{text.rpartition('@')[2]}"
    return _open_words(text)


def _open_url(url: re.Match[str]) -> str:
    user = "" if url["user"] is None else f"{url['user']}@"
    if url["password"] is not None:
        user = f"{url['user']}:{_HIDDEN}@"
    shown_url = f"{url['scheme']}{user}{url['place']}"
    if url["query"] is None:
        return shown_url
    return f"{shown_url}?{'&'.join(map(_open_parameter, url['query'].split('&')))}"


def _open_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    if not equals:  # it may belong to the value before
        return _HIDDEN
    return parameter if name in _OPEN_PARAMETERS else f"{name}={_HIDDEN}"


def _open_words(text: str) -> str:
    """A connection string of the form `name=value ...`, up to the first value that may be
    secret.
    """
    for found in re.finditer(r"(\w*)\s*=", text):
        if found[1] not in _OPEN_PARAMETERS:
            return f"{text[: found.end()]}{_HIDDEN}"
    return text


def number(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        try:
            number = float("nan") if isinstance(value, bool) else float(str(value))
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise ValueError(f"give a number from {low:g} to {high:g}")
        return number

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        text = "" if isinstance(value, bool) else str(value)
        if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(text)

    return read
