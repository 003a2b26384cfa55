"""Profiles: under a name where a service is, which ledger is meant, and what shows who calls.
They lie in the configuration folder of the platform; tokens are not among them, only where to
get them.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from diplomatic_ledger import keyrings
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.credentials import Credentials

FOLDER = "LEDGERCTL_CONFIG_DIR"
_FILE = "profiles.toml"
_NAMES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


@dataclass(frozen=True)
class Profile:
    """How one service is reached. Paths are absolute; empty texts are not given. The
    token of `token_keyring` lies in the keyring of the platform, under this name.
    """

    server: str
    ledger: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    token_file: str = ""
    token_command: tuple[str, ...] = ()
    token_keyring: str = ""
    plain_text: bool = False

    def credentials(self) -> Credentials:
        """Raises InvalidArgument when they do not go together."""
        return Credentials(
            ca=self.ca or None,
            certificate=self.certificate or None,
            key=self.key or None,
            token_file=self.token_file or None,
            token_command=self.token_command,
            token_keyring=(keyrings.SERVICE, self.token_keyring)
            if self.token_keyring
            else None,
            plain_text=self.plain_text,
        )


@dataclass
class Profiles:
    """All profiles by name, and the name of the one in use."""

    current: str = ""
    named: dict[str, Profile] = field(default_factory=dict)

    def get(self, name: str) -> Profile:
        """Raises Failure."""
        try:
            return self.named[name]
        except KeyError:
            known = ", ".join(sorted(self.named)) or "none yet"
            raise Failure(
                f"There is no profile {name!r}; there are: {known}. Make one with: "
                f"ledgerctl login {name}",
                code=2,
            ) from None


def folder() -> Path:
    """Where profiles lie."""
    chosen = os.environ.get(FOLDER)
    return Path(chosen) if chosen else platformdirs.user_config_path("ledgerctl")


def read() -> Profiles:
    """The profiles that there are. Raises Failure when their file cannot be read."""
    path = folder() / _FILE
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return Profiles(str(told.get("current", "")), _named(told.get("profiles", {})))
    except FileNotFoundError:
        return Profiles()
    except (OSError, ValueError) as error:
        raise Failure(
            f"{path} cannot be read: {why(error)}. Correct it, or move it away."
        ) from None


def write(profiles: Profiles) -> None:
    """Replaces the file; only its owner may read it. Raises Failure."""
    path = folder() / _FILE
    lines = [f"current = {json.dumps(profiles.current)}"]
    for name, profile in sorted(profiles.named.items()):
        lines += ["", f"[profiles.{json.dumps(name)}]", *_lines(profile)]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.") from None


def keep_token(name: str, token: str) -> Path:
    """Keeps a token in a file of its own, which only its owner may read. Returns its path.
    Raises Failure.
    """
    path = _token_path(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{token}\n", encoding="ascii")
    except (OSError, UnicodeEncodeError) as error:
        raise Failure(f"The token cannot be kept in {path}: {why(error)}.") from None
    return path


def why(error: Exception) -> str:
    """What an error says, without its number."""
    return error.strerror if isinstance(error, OSError) and error.strerror else f"{error}"


def forget_token(name: str) -> None:
    _token_path(name).unlink(missing_ok=True)


def is_kept_token(name: str, path: str) -> bool:
    """Whether the file at this path is the one in which a token is kept for a profile."""
    return bool(path) and Path(path).resolve() == _token_path(name).resolve()


def _token_path(name: str) -> Path:
    return folder() / f"{name}.token"


def is_name(text: str) -> bool:
    return 0 < len(text) <= 64 and set(text) <= set(_NAMES) and text[0] not in "._-"


def _named(listed: Any) -> dict[str, Profile]:
    tables = listed.values() if isinstance(listed, dict) else (None,)
    if not all(isinstance(each, dict) for each in tables):
        raise ValueError("write each profile under [profiles.NAME]")
    return {name: _profile(each) for name, each in listed.items()}


def _profile(told: dict[str, Any]) -> Profile:
    known = {each.name for each in fields(Profile)}
    if unknown := sorted(told.keys() - known):
        raise ValueError(f"there is no {unknown[0]!r} in a profile")
    if not told.get("server"):
        raise ValueError("a profile has no server")
    for name, value in told.items():
        form, is_right = _form(name, value)
        if not is_right:
            raise ValueError(f"{name} is {value!r}, which is not {form}")
    return Profile(**{**told, "token_command": tuple(told.get("token_command", ()))})


def _form(name: str, value: object) -> tuple[str, bool]:
    """The form of a value, in words, and whether this one has it."""
    if name == "plain_text":
        return "true or false", isinstance(value, bool)
    if name == "token_command":
        is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return "a list of texts", is_list
    return "a text", isinstance(value, str)


def _lines(profile: Profile) -> Iterator[str]:
    for name, value in asdict(profile).items():
        if value:
            said = list(value) if isinstance(value, tuple) else value
            yield f"{name} = {json.dumps(said)}"
