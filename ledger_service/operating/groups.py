"""Groups of commands of `ledger-service`, as their help shows them."""

from __future__ import annotations

import click

#: Longer than any summary, so that none is cut.
_LONG = 1000


class Group(click.Group):
    """A group whose help wraps the summaries of its commands. Click cuts them where the line
    ends.
    """

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (name, self.commands[name].get_short_help_str(_LONG))
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
