"""Tokens in the keyring of the platform, through the library `keyring`, which is imported only
where a token is to be had from there.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from diplomatic_ledger.errors import InvalidArgument

#: Under which name the tokens of profiles lie in a keyring, each with a name that its profile
#: keeps.
SERVICE = "ledgerctl"


def check() -> None:
    """Raises InvalidArgument where the library is not installed."""
    _library()


def token(service: str, user: str) -> str:
    """The token that the keyring has under these names. It may ask its owner to unlock it. Raises
    InvalidArgument.
    """
    library = _library()
    try:
        found = library.get_password(service, user)
    except library.errors.KeyringError as error:
        raise _failed(error) from None
    if not found:
        raise InvalidArgument(
            f"credentials: token_keyring: the keyring has nothing for {user!r} under "
            f"{service!r}. Log in again, or put the token there with: keyring set {service} {user}"
        )
    return str(found)


def keep(service: str, user: str, kept: str) -> None:
    """Puts a token into the keyring, in place of one that is there. Raises InvalidArgument."""
    library = _library()
    try:
        library.set_password(service, user, kept)
        is_kept = library.get_password(service, user) == kept  # some take all and keep nothing
    except library.errors.KeyringError as error:
        raise _failed(error) from None
    if not is_kept:
        raise InvalidArgument(
            "credentials: token_keyring: the keyring that is set up keeps nothing. See what "
            "it is with: keyring --list-backends"
        )


def forget(service: str, user: str) -> None:
    """Removes a token, if it is there. Raises InvalidArgument."""
    library = _library()
    try:
        if library.get_password(service, user) is not None:
            library.delete_password(service, user)
    except library.errors.KeyringError as error:
        raise _failed(error) from None


def _library() -> Any:
    try:
        import_module("keyring.errors")
        return import_module("keyring")
    except ModuleNotFoundError:
        raise InvalidArgument(
            "credentials: token_keyring needs the library keyring, which is not installed. "
            "Install it with: pip install keyring. Or use a token file or a token command."
        ) from None


def _failed(error: Exception) -> InvalidArgument:
    said = f"{error}".strip().rstrip(".") or type(error).__name__
    return InvalidArgument(
        f"credentials: token_keyring: the keyring cannot be used: {said}. Unlock or set it up, "
        "or use a token file or a token command."
    )
