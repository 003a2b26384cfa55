"""`ledgerctl completion`: what a shell needs to complete commands, options and their words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.session import Session

_SHELLS = ("bash", "zsh", "fish")


@command(
    "completion",
    formats=PLAIN,
    examples=[
        "ledgerctl completion bash >> ~/.bash_completion",
        "ledgerctl completion zsh > ~/.zfunc/_ledgerctl",
        "ledgerctl completion fish > ~/.config/fish/completions/ledgerctl.fish",
    ],
)
@click.argument("shell", type=WordType(_SHELLS))
@click.pass_context
def completion(context: click.Context, session: Session, shell: str) -> None:
    """Print the script by which SHELL completes commands, options and the words that these
    take, ids of entries, ledgers and profiles (it asks the service, for a second at most), and
    files.
    Put it where the shell looks for such scripts, as in the examples.
    """
    made = get_completion_class(shell)
    assert made is not None
    root = context.find_root().command
    session.screen.raw(made(root, {}, "ledgerctl", "_LEDGERCTL_COMPLETE").source().rstrip("\n"))


COMMANDS = (completion,)
