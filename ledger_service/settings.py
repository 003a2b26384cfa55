"""The settings of the operator, read once at the start.

A value comes from a flag, else the environment (LEDGER_NAME), else the file, else it is the
default; `Loaded.origins` tells which. Where only the folder of the data is given, the keys lie
beside it. Wrong values, and unknown keys of the file, are refused
all together.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ledger_service import setting_forms as forms
from ledger_service import usual_folders
from ledger_service.setting_forms import database, shown

__all__ = ["Settings", "database", "load", "shown"]

PREFIX = "LEDGER_"
#: Read by others: by the commands themselves, and by the example that starts a service.
_NO_SETTINGS = ("LEDGER_CONFIG", "LEDGER_EXAMPLE_")


class SettingsRefused(Exception):
    """Some settings are wrong; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _says(read: Callable[[object], Any], meaning: str, form: str) -> dict[str, Any]:
    """What is known of a setting; `form` is how its value is written, in short."""
    return {"read": read, "meaning": meaning, "form": form}


@dataclass(frozen=True)
class Settings:
    """All settings; durations are in seconds."""

    data_dir: Path = field(
        default_factory=usual_folders.of_data,
        metadata=_says(
            forms.folder, "Folder of the ledgers; one service owns it at a time.", form="FOLDER"
        ),
    )
    keys_dir: Path = field(
        default_factory=usual_folders.of_keys,
        metadata=_says(
            forms.folder,
            "Folder of the signing keys, best kept apart from the data; with data_dir alone it is "
            "DATA_DIR-keys.",
            form="FOLDER",
        ),
    )
    store: str = field(
        default="sqlite",
        repr=False,  # it may hold a password
        metadata=_says(
            forms.store,
            "Where the logs lie: sqlite in data_dir, or the URL of a PostgreSQL database.",
            form="sqlite|URL",
        ),
    )
    read_only: bool = field(
        default=False,
        metadata=_says(
            forms.flag,
            "Whether this service only reads, from a streaming replica in `store`.",
            form="true|false",
        ),
    )
    listen: str = field(
        default="127.0.0.1:50551",
        metadata=_says(
            forms.address,
            "HOST:PORT; without TLS and access control loopback only; port 0 takes a free one.",
            form="HOST:PORT",
        ),
    )
    origin_base: str = field(
        default="localhost/diplomatic-ledger",
        metadata=_says(
            forms.origin, "How the origin of each new ledger begins, for good.", form="NAME"
        ),
    )
    checkpoint_seconds: float = field(
        default=1.0,
        metadata=_says(
            forms.number(0, 3600),
            "How often a growing log is signed, at most; 0 signs each group of requests.",
            form="SECONDS",
        ),
    )
    trust_clock: bool = field(
        default=False,
        metadata=_says(
            forms.flag,
            "Whether to record though the clock is more than a day ahead of all others.",
            form="true|false",
        ),
    )
    check_hours: float = field(
        default=24.0,
        metadata=_says(
            forms.number(0, 8760),
            "How often each log and its views are checked beside the service; 0: without rest.",
            form="HOURS",
        ),
    )
    admin_socket: Path = field(
        default=Path("admin.sock"),
        metadata=_says(
            forms.path,
            "Unix socket for the operator, in data_dir unless absolute.",
            form="PATH",
        ),
    )
    socket_file: Path | None = field(
        default=None,
        metadata=_says(
            forms.maybe_path,
            "File that names the admin socket while the service runs, for ledger-service health.",
            form="FILE",
        ),
    )
    backup_dir: Path | None = field(
        default=None,
        metadata=_says(
            forms.maybe_folder,
            "Folder of backups, best on another disk; with it the service backs up by itself.",
            form="FOLDER",
        ),
    )
    backup_hours: float = field(
        default=1.0,
        metadata=_says(
            forms.number(0.01, 8760),
            "How often each ledger is backed up into backup_dir.",
            form="HOURS",
        ),
    )
    backup_whole_days: float = field(
        default=7.0,
        metadata=_says(
            forms.number(0, 3650),
            "How old a set of backups may be until a new one is begun with all records.",
            form="DAYS",
        ),
    )
    backup_keep: int = field(
        default=4,
        metadata=_says(
            forms.whole(0, 10_000),
            "How many sets of backups of a ledger are kept in backup_dir; 0 keeps all.",
            form="NUMBER",
        ),
    )
    disclose_sealed: bool = field(
        default=False,
        metadata=_says(
            forms.flag,
            "Whether callers read the values of sealed fields: all or none; without access_dir only.",
            form="true|false",
        ),
    )
    reflection: bool = field(
        default=False,
        metadata=_says(
            forms.flag, "Whether callers may ask for the API's description.", form="true|false"
        ),
    )
    log_format: str = field(
        default="auto",
        metadata=_says(
            forms.one_of("auto", "json", "human"),
            "Form of the log: auto is human on a terminal, else json.",
            form="auto|json|human",
        ),
    )
    log_level: str = field(
        default="info",
        metadata=_says(
            forms.one_of("debug", "info", "warning", "error"),
            "The least level that is logged.",
            form="debug|info|warning|error",
        ),
    )
    log_calls_per_second: int = field(
        default=100,
        metadata=_says(
            forms.whole(0, 1_000_000),
            "Lines for calls that went well, and for those that failed; the rest are counted.",
            form="NUMBER",
        ),
    )
    drain_seconds: float = field(
        default=10.0,
        metadata=_says(
            forms.number(0, 600),
            "How long open calls may still take when the service stops.",
            form="SECONDS",
        ),
    )
    wait_seconds: float = field(
        default=30.0,
        metadata=_says(
            forms.number(0.1, 600),
            "How long a call without a deadline waits, at most.",
            form="SECONDS",
        ),
    )
    heartbeat_seconds: float = field(
        default=15.0,
        metadata=_says(
            forms.number(0.05, 600), "How long a stream stays silent, at most.", form="SECONDS"
        ),
    )
    open_ledgers: int = field(
        default=64,
        metadata=_says(
            forms.whole(1, 1_000_000),
            "Ledgers that are open at once; others are opened when somebody asks for them.",
            form="NUMBER",
        ),
    )
    max_connections: int = field(
        default=1000,
        metadata=_says(
            forms.whole(1, 1_000_000),
            "Connections of callers at once, and a quarter of the open files at most.",
            form="NUMBER",
        ),
    )
    max_calls_per_connection: int = field(
        default=512,
        metadata=_says(
            forms.whole(1, 1_000_000),
            "Calls that a connection has open at once, twice what a client does at once.",
            form="NUMBER",
        ),
    )
    max_streams: int = field(
        default=1000,
        metadata=_says(
            forms.whole(1, 1_000_000),
            "Subscriptions and other answers in parts that are open at once.",
            form="NUMBER",
        ),
    )
    max_calls_per_user: int = field(
        default=256,
        metadata=_says(
            forms.whole(1, 1_000_000),
            "Calls that a user has open at once; without access_dir, a connection.",
            form="NUMBER",
        ),
    )
    max_streams_per_user: int = field(
        default=100,
        metadata=_says(
            forms.whole(1, 1_000_000), "Streams that a user has open at once.", form="NUMBER"
        ),
    )
    max_waiting_bytes_per_user: int = field(
        default=16 * 1024 * 1024,
        metadata=_says(
            forms.whole(16 * 1024 * 1024, 1 << 40),
            "Bytes of a user's requests that are dealt with at once.",
            form="BYTES",
        ),
    )
    questions_per_second: float = field(
        default=300.0,
        metadata=_says(
            forms.number(0.1, 1_000_000),
            "Calls that ask little, of a user in a second.",
            form="NUMBER",
        ),
    )
    heavy_questions_per_second: float = field(
        default=20.0,
        metadata=_says(
            forms.number(0.1, 1_000_000),
            "Calls whose answer may rest on a whole log, and streams begun, of a user in a second.",
            form="NUMBER",
        ),
    )
    writes_per_second: float = field(
        default=200.0,
        metadata=_says(
            forms.number(0.1, 1_000_000),
            "Requests that record, of a user in a second; each 20 entries of one count as one.",
            form="NUMBER",
        ),
    )
    max_waiting_bytes: int = field(
        default=32 * 1024 * 1024,
        metadata=_says(
            forms.whole(16 * 1024 * 1024, 1 << 40),
            "Bytes of requests that are dealt with at once; others are told to wait.",
            form="BYTES",
        ),
    )
    max_message_bytes: int = field(
        default=16 * 1024 * 1024,
        metadata=_says(
            forms.whole(1024 * 1024, 16 * 1024 * 1024),
            "Bytes of a request, at most; clients split what they record accordingly.",
            form="BYTES",
        ),
    )
    max_entries_per_request: int = field(
        default=1000,
        metadata=_says(
            forms.whole(1, 1000),
            "Entries of one request that records, at most; clients split accordingly.",
            form="NUMBER",
        ),
    )
    max_page_size: int = field(
        default=1000,
        metadata=_says(
            forms.whole(1, 1000), "Items on one page of a list, at most.", form="NUMBER"
        ),
    )
    max_answer_bytes: int = field(
        default=4 * 1024 * 1024,
        metadata=_says(
            forms.whole(2 * 1024 * 1024, 4 * 1024 * 1024),
            "Bytes of an answer, at most; pages hold three quarters of that.",
            form="BYTES",
        ),
    )
    max_queued_requests: int = field(
        default=2048,
        metadata=_says(
            forms.whole(1, 1_000_000),
            "Requests of one ledger that wait for the disk, at most.",
            form="NUMBER",
        ),
    )
    max_queued_bytes: int = field(
        default=32 * 1024 * 1024,
        metadata=_says(
            forms.whole(1024 * 1024, 1 << 40),
            "Bytes that the requests of one ledger will store which wait for the disk, at most.",
            form="BYTES",
        ),
    )
    max_computing_seconds: float = field(
        default=60.0,
        metadata=_says(
            forms.number(0.1, 86_400),
            "How long is computed for one question, at most.",
            form="SECONDS",
        ),
    )
    slow_reader_seconds: float = field(
        default=60.0,
        metadata=_says(
            forms.number(0.1, 86_400),
            "How long the caller of a stream may take nothing in until it is ended.",
            form="SECONDS",
        ),
    )
    connection_age_seconds: float = field(
        default=3600.0,
        metadata=_says(
            forms.number(1, 1_000_000),
            "After what time a connection takes no new call; its client opens another one.",
            form="SECONDS",
        ),
    )
    keepalive_seconds: float = field(
        default=60.0,
        metadata=_says(
            forms.number(1, 86_400),
            "How long nothing comes on a connection until its client is asked whether it is there.",
            form="SECONDS",
        ),
    )
    idle_seconds: float = field(
        default=300.0,
        metadata=_says(
            forms.number(1, 86_400),
            "How long a connection without calls stays open.",
            form="SECONDS",
        ),
    )
    hello_seconds: float = field(
        default=5.0,
        metadata=_says(
            forms.number(0.1, 600),
            "How long a new connection may take until it speaks.",
            form="SECONDS",
        ),
    )
    read_threads: int = field(
        default=2,
        metadata=_says(
            forms.whole(1, 64), "How many light questions compute at once.", form="NUMBER"
        ),
    )
    heavy_threads: int = field(
        default=1,
        metadata=_says(
            forms.whole(1, 64), "How many heavy questions compute at once.", form="NUMBER"
        ),
    )
    light_seconds: float = field(
        default=0.05,
        metadata=_says(
            forms.number(0.001, 60),
            "How long may be computed for a call before it counts as heavy.",
            form="SECONDS",
        ),
    )
    max_waiting_questions: int = field(
        default=1000,
        metadata=_says(
            forms.whole(1, 1_000_000),
            "Light questions that wait for their turn, at most.",
            form="NUMBER",
        ),
    )
    max_heavy_questions: int = field(
        default=32,
        metadata=_says(
            forms.whole(1, 1000),
            "Heavy questions that are at work, at most; half of them of one user.",
            form="NUMBER",
        ),
    )
    tls_certificate: Path | None = field(
        default=None,
        metadata=_says(
            forms.maybe_path,
            "Certificate of the service with its chain, in PEM; new files are used at once.",
            form="FILE",
        ),
    )
    tls_key: Path | None = field(
        default=None,
        metadata=_says(forms.maybe_path, "Key of the certificate, in PEM.", form="FILE"),
    )
    tls_client_ca: Path | None = field(
        default=None,
        metadata=_says(
            forms.maybe_path,
            "Who issues the certificates of clients, in PEM; each client needs one then.",
            form="FILE",
        ),
    )
    tls_revoked: Path | None = field(
        default=None,
        metadata=_says(
            forms.maybe_path,
            "Lists of revoked certificates of clients, in PEM.",
            form="FILE",
        ),
    )
    access_dir: Path | None = field(
        default=None,
        metadata=_says(
            forms.maybe_folder,
            "Folder of grants and tokens; with it each caller is asked who it is.",
            form="FOLDER",
        ),
    )
    trail_file: Path = field(
        default=Path("trail.jsonl"),
        metadata=_says(
            forms.path,
            "File that tells who read sealed texts, exported, erased or was refused; in data_dir "
            "unless absolute.",
            form="FILE",
        ),
    )
    jwt_issuer: str = field(
        default="",
        metadata=_says(
            forms.any_text, "Who issues JSON Web Tokens, as they say it.", form="TEXT"
        ),
    )
    jwt_audience: str = field(
        default="",
        metadata=_says(
            forms.any_text, "For whom JSON Web Tokens are, as they say it.", form="TEXT"
        ),
    )
    jwt_keys: str = field(
        default="",
        metadata=_says(
            forms.url_or_path,
            "Public keys of the issuer: URL of its JWKS, or a file with it or a key in PEM.",
            form="URL|FILE",
        ),
    )
    jwt_algorithms: str = field(
        default="EdDSA,ES256,PS256,RS256",
        metadata=_says(
            forms.algorithms, "What JSON Web Tokens may be signed with.", form="NAME,NAME"
        ),
    )
    jwt_skew_seconds: float = field(
        default=30.0,
        metadata=_says(
            forms.number(0, 300),
            "How far the clocks of issuer and service may be apart.",
            form="SECONDS",
        ),
    )
    admin_over_network: bool = field(
        default=False,
        metadata=_says(
            forms.flag,
            "Whether admins whose connections have a certificate operate over the network.",
            form="true|false",
        ),
    )

    metrics_listen: str = field(
        default="",
        metadata=_says(
            forms.maybe_address,
            "HOST:PORT where Prometheus finds metrics, and probes find health; none: nowhere.",
            form="HOST:PORT",
        ),
    )
    traces_endpoint: str = field(
        default="",
        metadata=_says(
            forms.maybe_url,
            "URL of an OTLP collector, over gRPC, that gets traces of calls; none: nobody.",
            form="URL",
        ),
    )
    traces_ratio: float = field(
        default=0.1,
        metadata=_says(
            forms.number(0, 1),
            "Part of the traces that begin here which is recorded; callers decide of theirs.",
            form="NUMBER",
        ),
    )
    disk_reserve_bytes: int = field(
        default=32 * 1024 * 1024,
        metadata=_says(
            forms.whole(0, 10**11),
            "With less room on the disk of data or keys the service says that it cannot serve.",
            form="BYTES",
        ),
    )
    metrics_ledgers: int = field(
        default=0,
        metadata=_says(
            forms.whole(0, 1000),
            "How many ledgers have metrics of their own, by name; all are in the sums.",
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
    if "data_dir" in values and "keys_dir" not in values:
        values["keys_dir"] = usual_folders.of_keys_for(values["data_dir"])  # type: ignore[arg-type]
        origins["keys_dir"] = "beside data_dir"
    if not problems:
        loaded = Loaded(Settings(**values), origins)  # type: ignore[arg-type]
        problems += _at_odds(loaded)
    if problems:
        raise SettingsRefused(problems)
    return loaded


#: Who vouches, in grants, for the holders of tokens of the service's own and of certificates.
_OTHER_ISSUERS = frozenset({"token", "certificate"})


def _at_odds(loaded: Loaded) -> Iterator[str]:
    """What is wrong with the settings together."""
    chosen, origins = loaded.settings, loaded.origins
    for name in ("data_dir", "keys_dir"):
        if origins[name] == "default" and not getattr(chosen, name).is_absolute():
            yield (
                f"{name} is not given, and the user of this process has no home folder where it "
                f"would lie; name it with --{name.replace('_', '-')}."
            )
    listens = f"{origins['listen']}: listen is {chosen.listen!r}"
    is_open = chosen.tls_certificate is None or chosen.access_dir is None
    if is_open and not forms.is_loopback(chosen.listen):
        yield (
            f"{listens}; without TLS and access control only loopback addresses are "
            "accepted: make both with ledger-service tls init and name them with "
            "tls_certificate, tls_key and access_dir, or give 127.0.0.1, [::1] or localhost."
        )
    needs = (
        ("tls_certificate", "tls_key"),
        ("tls_key", "tls_certificate"),
        ("tls_client_ca", "tls_certificate"),
        ("tls_revoked", "tls_client_ca"),
        ("jwt_issuer", "jwt_keys"),
        ("jwt_keys", "jwt_audience"),
        ("jwt_audience", "jwt_issuer"),
        ("jwt_issuer", "access_dir"),
        ("admin_over_network", "tls_client_ca"),
        ("admin_over_network", "access_dir"),
    )
    for name, other in needs:
        if getattr(chosen, name) and not getattr(chosen, other):
            yield f"{origins[name]}: {name} is given without {other}; give both or neither."
    if chosen.jwt_issuer in _OTHER_ISSUERS:
        yield (
            f"{origins['jwt_issuer']}: jwt_issuer is {chosen.jwt_issuer!r}, by which grants name "
            "who has something else to show; give the `iss` of the tokens."
        )
    if chosen.disclose_sealed and chosen.access_dir is not None:
        yield (
            f"{origins['disclose_sealed']}: disclose_sealed is given with access_dir; leave it "
            "out, since there the role of cleared tells who reads sealed texts."
        )


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
