"""`ledgerctl witness`: remember what a log said, and notice when it says otherwise."""

from __future__ import annotations

import time
from pathlib import Path

import click

from diplomatic_ledger.cli.commands import PLAIN, Number, Option, command
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.trusted import TRUST, trusted_keys
from diplomatic_ledger.cli.verify import BROKEN, CANNOT_CHECK, read_keys
from diplomatic_ledger.errors import Unavailable
from diplomatic_ledger.verify import Broken, CannotCheck, Checkpoint, VerificationKey
from diplomatic_ledger.verify.trust import HOW_TO_GET_A_KEY
from diplomatic_ledger.verify.witness import (
    Cosigner,
    Seen,
    accept,
    load_cosigner,
    recall,
    remember,
)

_SIGN = "What you sign"


@command(
    "witness",
    formats=PLAIN,
    examples=[
        "ledgerctl witness --key-file talks.vkey --state talks.seen",
        "ledgerctl witness --key-file talks.vkey --state talks.seen --every 60",
        "ledgerctl witness --key VKEY --state f -o new --sign-as me --signing-key pem",
    ],
)
@trusted_keys
@click.option(
    "--state",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    cls=Option,
    section=TRUST,
    help="Where the last checkpoint is remembered. Keep it: it is the witness.",
)
@click.option(
    "--sign-as",
    metavar="NAME",
    cls=Option,
    section=_SIGN,
    help="The name under which you sign what you saw.",
)
@click.option(
    "--signing-key",
    metavar="FILE",
    type=click.Path(path_type=Path),
    cls=Option,
    section=_SIGN,
    help="Your Ed25519 key in PEM form: openssl genpkey -algorithm ed25519.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    cls=Option,
    section=_SIGN,
    help="Where to write the newest checkpoint, with your signature.",
)
@click.option(
    "--every",
    type=Number(min=1),
    metavar="SECONDS",
    help="Go on looking, until Ctrl-C.",
)
def witness(
    session: Session,
    keys: tuple[str, ...],
    key_files: tuple[Path, ...],
    state: Path,
    sign_as: str | None,
    signing_key: Path | None,
    output: Path | None,
    every: float | None,
) -> None:
    """Watch that a ledger's log only grows; meant to be run by the other side.

    Each time, the newest checkpoint must be signed by a key that you trust and extend the
    last one that you saw. Then it is remembered, and signed with the time (C2SP
    cosignature/v1) if you give a key of your own. Its file serves `ledgerctl verify
    --checkpoint`.

    Exit codes: 0 the log grew or stood still, 1 it was rewritten, went back or is not
    signed, 2 wrong usage, 3 it cannot be checked (no key, or the memory is damaged), 4 the
    service is unreachable.
    """
    if (sign_as is None) != (signing_key is None):
        raise usage("Give --sign-as and --signing-key together.")
    if sign_as and not output:
        raise usage("Say with --output where to write what you sign.")
    trusted = read_keys(keys, key_files)
    if not trusted:
        raise Failure(HOW_TO_GET_A_KEY, code=CANNOT_CHECK)
    try:
        cosigner = load_cosigner(sign_as, signing_key) if sign_as and signing_key else None
        watch = _Watch(session, trusted, state, cosigner, output)
        watch.look()
        while every is not None:
            time.sleep(every)
            watch.look_again()
    except CannotCheck as reason:
        raise Failure(str(reason), code=CANNOT_CHECK) from None
    except Broken as broken:
        raise Failure(f"NOT CONSISTENT: {broken}", code=BROKEN) from None
    except OSError as error:
        if error.filename is None:  # it is the output
            raise
        raise usage(f"{error.filename} cannot be written: {error.strerror}.") from None


class _Watch:
    def __init__(
        self,
        session: Session,
        keys: list[VerificationKey],
        state: Path,
        cosigner: Cosigner | None,
        output: Path | None,
    ) -> None:
        self._session = session
        self._keys = keys
        self._state = state
        self._cosigner = cosigner
        self._output = output

    def look(self) -> None:
        """Accepts the newest checkpoint, and signs only what is remembered already."""
        client, ledger = self._session.client, self._session.ledger
        before = recall(self._state)
        raw = client.checkpoint(ledger).checkpoint.encode()
        checkpoint = accept(
            raw,
            self._keys,
            before,
            lambda old, new: client.consistency_proof(ledger, old, new).hashes,
        )
        remember(self._state, Seen(checkpoint.origin, checkpoint.size, checkpoint.root))
        if self._output is not None:
            self._output.write_bytes(self._signed(checkpoint))
        self._tell(before, checkpoint)

    def look_again(self) -> None:
        """Looks as `look` does. That the service is away for a while is reported, and does not
        end the watch.
        """
        try:
            self.look()
        except Unavailable:
            click.echo(f"No service answers at {self._session.address}.", err=True)

    def _signed(self, checkpoint: Checkpoint) -> bytes:
        if self._cosigner is None:
            return checkpoint.note.raw
        return self._cosigner.cosign(checkpoint, int(time.time()))

    def _tell(self, before: Seen | None, checkpoint: Checkpoint) -> None:
        if self._session.as_json:
            self._session.screen.json(
                {
                    "origin": checkpoint.origin,
                    "size": checkpoint.size,
                    "root": checkpoint.root.hex(),
                    "size_before": before.size if before else None,
                    "unchanged": _is_unchanged(before, checkpoint),
                    "witness": str(self._cosigner.verification_key) if self._cosigner else "",
                }
            )
        else:
            root = checkpoint.root.hex()[:16]
            words = (
                f"{checkpoint.origin}: size {checkpoint.size:,}, root {root}, "
                f"{_since(before, checkpoint)}"
            )
            self._session.screen.line(words)
        self._session.screen.flush()


def _since(before: Seen | None, checkpoint: Checkpoint) -> str:
    if before is None:
        return "seen for the first time."
    if _is_unchanged(before, checkpoint):
        return "unchanged: nothing was recorded since it was seen last."
    return f"extends size {before.size:,}."


def _is_unchanged(before: Seen | None, checkpoint: Checkpoint) -> bool:
    """Whether the log is the very one that was seen before: `accept` has compared the roots."""
    return before is not None and before.size == checkpoint.size


COMMANDS = (witness,)
