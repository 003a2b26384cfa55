"""The settings of the operator, read once at the start.

A value comes from a flag, else the environment (LEDGER_NAME), else the file, else it is the
default; `Loaded.origins` tells which. Wrong values, and unknown keys of the file, are refused
all together.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "LEDGER_"
#: Read by others: by the commands themselves, and by the example that starts a service.
_NO_SETTINGS = ("LEDGER_CONFIG", "LEDGER_EXAMPLE_")


class SettingsRefused(Exception):
    """Some settings are wrong; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _path(value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError("give the path of a folder")
    return Path(value).expanduser()


def _address(value: object) -> str:
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\[\]]+):(\d{1,5})", str(value))
    if not match or int(match[2]) > 65535:
        raise ValueError("give HOST:PORT, such as 127.0.0.1:50551; port 0 takes a free one")
    if not _is_loopback(match[1].strip("[]")):
        raise ValueError(
            "there is no access control yet, so only loopback addresses are accepted; "
            "give 127.0.0.1, [::1] or localhost"
        )
    return str(value)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._~/-]{1,200}", value):
        raise ValueError(
            "give a name without scheme such as ledger.example.org, "
            "from letters, digits and . _ ~ / -"
        )
    return value.rstrip("/")


def _flag(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "on": True}
    words |= {"false": False, "no": False, "0": False, "off": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError("give true or false")
    return words[str(value).lower()]


def _one_of(*words: str) -> Callable[[object], str]:
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


def _store(value: object) -> str:
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


def _number(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        try:
            number = float("nan") if isinstance(value, bool) else float(str(value))
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise ValueError(f"give a number from {low:g} to {high:g}")
        return number

    return read


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        text = "" if isinstance(value, bool) else str(value)
        if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(text)

    return read


def _says(read: Callable[[object], Any], meaning: str, form: str) -> dict[str, Any]:
    """What is known of a setting; `form` is how its value is written, in short."""
    return {"read": read, "meaning": meaning, "form": form}


@dataclass(frozen=True)
class Settings:
    """All settings; durations are in seconds."""

    data_dir: Path = field(
        default=Path("ledger-data"),
        metadata=_says(
            _path, "Folder of the ledgers; one service owns it at a time.", form="FOLDER"
        ),
    )
    keys_dir: Path = field(
        default=Path("ledger-keys"),
        metadata=_says(
            _path, "Folder of the signing keys, best kept apart from the data.", form="FOLDER"
        ),
    )
    store: str = field(
        default="sqlite",
        repr=False,  # it may hold a password
        metadata=_says(
            _store,
            "Where the logs lie: sqlite in data_dir, or the URL of a PostgreSQL database.",
            form="sqlite|URL",
        ),
    )
    read_only: bool = field(
        default=False,
        metadata=_says(
            _flag,
            "Whether this service only reads, from a streaming replica in `store`.",
            form="true|false",
        ),
    )
    listen: str = field(
        default="127.0.0.1:50551",
        metadata=_says(
            _address, "HOST:PORT, loopback only; port 0 takes a free one.", form="HOST:PORT"
        ),
    )
    origin_base: str = field(
        default="localhost/diplomatic-ledger",
        metadata=_says(
            _origin, "How the origin of each new ledger begins, for good.", form="NAME"
        ),
    )
    checkpoint_seconds: float = field(
        default=1.0,
        metadata=_says(
            _number(0, 3600),
            "How often a growing log is signed, at most; 0 signs each group of requests.",
            form="SECONDS",
        ),
    )
    trust_clock: bool = field(
        default=False,
        metadata=_says(
            _flag,
            "Whether to record though the clock is more than a day ahead of all others.",
            form="true|false",
        ),
    )
    check_hours: float = field(
        default=24.0,
        metadata=_says(
            _number(0, 8760),
            "How often each log and its views are checked beside the service; 0: without rest.",
            form="HOURS",
        ),
    )
    admin_socket: Path = field(
        default=Path("admin.sock"),
        metadata=_says(
            _path, "Unix socket for the operator, in data_dir unless absolute.", form="PATH"
        ),
    )
    disclose_sealed: bool = field(
        default=False,
        metadata=_says(
            _flag,
            "Whether callers read the values of sealed fields: all or none.",
            form="true|false",
        ),
    )
    reflection: bool = field(
        default=False,
        metadata=_says(
            _flag, "Whether callers may ask for the API's description.", form="true|false"
        ),
    )
    log_format: str = field(
        default="auto",
        metadata=_says(
            _one_of("auto", "json", "human"),
            "Form of the log: auto is human on a terminal, else json.",
            form="auto|json|human",
        ),
    )
    log_level: str = field(
        default="info",
        metadata=_says(
            _one_of("debug", "info", "warning", "error"),
            "The least level that is logged.",
            form="debug|info|warning|error",
        ),
    )
    log_calls_per_second: int = field(
        default=100,
        metadata=_says(
            _whole(0, 1_000_000),
            "Lines for calls that went well, at most; the rest are counted in one line.",
            form="NUMBER",
        ),
    )
    drain_seconds: float = field(
        default=10.0,
        metadata=_says(
            _number(0, 600),
            "How long open calls may still take when the service stops.",
            form="SECONDS",
        ),
    )
    wait_seconds: float = field(
        default=30.0,
        metadata=_says(
            _number(0.1, 600),
            "How long a call without a deadline waits, at most.",
            form="SECONDS",
        ),
    )
    heartbeat_seconds: float = field(
        default=15.0,
        metadata=_says(
            _number(0.05, 600), "How long a stream stays silent, at most.", form="SECONDS"
        ),
    )
    max_connections: int = field(
        default=1000,
        metadata=_says(
            _whole(1, 1_000_000),
            "Connections of callers at once, and a quarter of the open files at most.",
            form="NUMBER",
        ),
    )
    max_calls_per_connection: int = field(
        default=2000,
        metadata=_says(
            _whole(1, 1_000_000),
            "Calls that a connection has open at once, twice what a client does at once.",
            form="NUMBER",
        ),
    )
    max_streams: int = field(
        default=1000,
        metadata=_says(
            _whole(1, 1_000_000),
            "Subscriptions and other answers in parts that are open at once.",
            form="NUMBER",
        ),
    )
    max_waiting_bytes: int = field(
        default=32 * 1024 * 1024,
        metadata=_says(
            _whole(16 * 1024 * 1024, 1 << 40),
            "Bytes of requests that are dealt with at once; others are told to wait.",
            form="BYTES",
        ),
    )
    idle_seconds: float = field(
        default=300.0,
        metadata=_says(
            _number(1, 86_400),
            "How long a connection without calls stays open.",
            form="SECONDS",
        ),
    )
    hello_seconds: float = field(
        default=5.0,
        metadata=_says(
            _number(0.1, 600),
            "How long a new connection may take until it speaks.",
            form="SECONDS",
        ),
    )
    read_threads: int = field(
        default=2,
        metadata=_says(
            _whole(1, 64), "How many light questions compute at once.", form="NUMBER"
        ),
    )
    heavy_threads: int = field(
        default=1,
        metadata=_says(
            _whole(1, 64), "How many heavy questions compute at once.", form="NUMBER"
        ),
    )
    light_seconds: float = field(
        default=0.05,
        metadata=_says(
            _number(0.001, 60),
            "How long may be computed for a call before it counts as heavy.",
            form="SECONDS",
        ),
    )
    max_waiting_questions: int = field(
        default=1000,
        metadata=_says(
            _whole(1, 1_000_000),
            "Light questions that wait for their turn, at most.",
            form="NUMBER",
        ),
    )
    max_heavy_questions: int = field(
        default=32,
        metadata=_says(
            _whole(1, 1000),
            "Heavy questions that are at work, at most; half of them of one connection.",
            form="NUMBER",
        ),
    )

    @property
    def admin_path(self) -> Path:
        """The path of the admin socket."""
        return self.data_dir / self.admin_socket


NAMES = tuple(setting.name for setting in fields(Settings))
MEANINGS: dict[str, str] = {s.name: s.metadata["meaning"] for s in fields(Settings)}
#: How a value is written, in short: `true|false` for those that may stand alone as a flag.
FORMS: dict[str, str] = {s.name: s.metadata["form"] for s in fields(Settings)}
FLAG = "true|false"
_READERS: dict[str, Callable[[object], Any]] = {
    s.name: s.metadata["read"] for s in fields(Settings)
}


@dataclass(frozen=True)
class Loaded:
    """The settings, and where each value came from."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]
) -> Loaded:
    """The settings from all sources. A flag that is None counts as not given. Raises
    SettingsRefused.
    """
    values: dict[str, object] = {}
    origins = dict.fromkeys(NAMES, "default")
    problems: list[str] = []
    for origin_of, given in _sources(file, environment, flags, problems):
        for name, value in given.items():
            try:
                values[name] = _READERS[name](value)
            except ValueError as error:
                problems.append(f"{origin_of(name)}: {name} is {str(shown(value))!r}; {error}.")
            origins[name] = origin_of(name)
    if problems:
        raise SettingsRefused(problems)
    return Loaded(Settings(**values), origins)  # type: ignore[arg-type]


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that look like settings and are none, each with the nearest
    setting.
    """
    known = [PREFIX + name.upper() for name in NAMES]
    return {
        name: difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known and not name.startswith(_NO_SETTINGS)
    }


_Source = tuple[Callable[[str], str], dict[str, object]]


def _sources(
    file: Path | None,
    environment: Mapping[str, str],
    flags: Mapping[str, object],
    problems: list[str],
) -> list[_Source]:
    """The sources with their values, from the weakest to the strongest."""
    path = file or (
        Path(environment["LEDGER_CONFIG"]) if environment.get("LEDGER_CONFIG") else None
    )
    in_file = _read_file(path, problems) if path else {}
    in_environment: dict[str, object] = {
        name: environment[PREFIX + name.upper()]
        for name in NAMES
        if PREFIX + name.upper() in environment
    }
    in_flags = {name: flags[name] for name in NAMES if flags.get(name) is not None}
    return [
        (lambda _: f"file {path}", in_file),
        (lambda name: f"environment {PREFIX}{name.upper()}", in_environment),
        (lambda name: f"flag --{name.replace('_', '-')}", in_flags),
    ]


def _read_file(path: Path, problems: list[str]) -> dict[str, object]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"file {path}: it cannot be read ({error.strerror}); check the path.")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"file {path}: it is not TOML ({error}).")
        return {}
    problems += [
        f"file {path}: there is no setting {name!r}; known: {', '.join(NAMES)}."
        for name in sorted(found.keys() - set(NAMES))
    ]
    return {name: value for name, value in found.items() if name in NAMES}
