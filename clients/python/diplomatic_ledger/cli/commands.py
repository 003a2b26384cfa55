"""What all commands of ledgerctl share: help with sections and examples, and the options that
say which service and which ledger are meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

import click
from click.core import ParameterSource

from diplomatic_ledger.addresses import target
from diplomatic_ledger.cli import known_ids, pairs, usages
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.connection import DEFAULT_SERVER, DEFAULT_TIMEOUT_SECONDS
from diplomatic_ledger.errors import InvalidArgument

#: The forms of what is no table, and of an answer with tables.
PLAIN = ("table", "json")
FORMATS = (*PLAIN, "csv", "markdown", "html")
_EVERYWHERE = "Everywhere"
_HOST = re.compile(r"\[[0-9a-fA-F:]+\]|[^:\[\]/\s]+")


class Option(click.Option):
    """An option in a section of the help."""

    def __init__(self, *args: Any, section: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class Alone(Option):
    """An option that may stand alone: what follows it is its value only if that looks like one.
    Its function gets `alone` where there is none.
    """

    def __init__(
        self, *args: Any, alone: str, looks_like: re.Pattern[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.alone = alone
        self.looks_like = looks_like

    def filled(self, args: list[str]) -> list[str]:
        """The arguments, in which this option has a value wherever it stands."""
        filled: list[str] = []
        for arg, behind in zip_longest(args, args[1:], fillvalue=""):
            filled.append(arg)
            if arg in self.opts and "--" not in filled and not self.looks_like.search(behind):
                filled.append(self.alone)
        return filled


class _Explained:
    """Help in sections, with examples at its end."""

    examples: Sequence[str]

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(context):  # type: ignore[attr-defined]
            row = parameter.get_help_record(context)
            if row is not None and isinstance(parameter, click.Option):
                section = getattr(parameter, "section", None)
                shared = "help" in (parameter.name or "")
                place = _EVERYWHERE if shared else section or "Options"
                sections.setdefault(place, []).append(row)
        sections[_EVERYWHERE] = sections.pop(_EVERYWHERE)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)
        if isinstance(self, click.Group):
            _list_commands(self, context, formatter)

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def _list_commands(
    group: click.Group, context: click.Context, formatter: click.HelpFormatter
) -> None:
    """The commands with what they do, wrapped and not cut."""
    rows = [
        (name, command.get_short_help_str(limit=200))
        for name in group.list_commands(context)
        if (command := group.get_command(context, name))
    ]
    with formatter.section("Commands"):
        formatter.write_dl(rows)


#: The arguments that say what an answer is about.
_ASKED_ABOUT = ("entry_id", "party_a", "party_b")


class Command(_Explained, click.Command):
    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        formats: Sequence[str] = FORMATS,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.formats = formats
        self.params.extend(connection_options(formats))
        known_ids.completed(str(self.name), self.params)

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Gives an option its default value that stands alone, though it may have one."""
        for each in self.params:
            if isinstance(each, Alone):
                args = each.filled(args)
        if told := pairs.remedy(str(self.name), self.params, args):
            raise click.UsageError(f"{told}.", context)
        try:
            return super().parse_args(context, args)
        except click.UsageError as error:
            remedy = usages.no_argument(self, error.message)
            if not remedy:
                raise
            raise click.UsageError(f"{error.message}. {remedy}", context) from error

    def invoke(self, context: click.Context) -> Any:
        session = context.ensure_object(Session)
        if session.output not in (*self.formats, *PLAIN):
            raise click.UsageError(_has_not(session.output, self.formats), context)
        about = [context.params[each] for each in _ASKED_ABOUT if each in context.params]
        session.begin(str(self.name), about)
        return super().invoke(context)


class Group(_Explained, click.Group):
    command_class = Command

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.params.extend(connection_options(FORMATS))
        known_ids.completed(str(self.name), self.params)

    def invoke(self, context: click.Context) -> Any:
        """What a group prints without a command is its own answer."""
        context.ensure_object(Session).begin(str(self.name))
        return super().invoke(context)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, args)
        except click.UsageError as error:
            remedy = usages.no_command(args[0], self.list_commands(context)) if args else ""
            raise click.UsageError(f"{error.message} {remedy}".strip(), context) from error


class Whole(click.IntRange):
    """A whole number of at least `min`; the message for other values says so."""

    name = "whole number"


class Number(click.FloatRange):
    """A number of at least `min`; the message for other values says so."""

    name = "number"


class Said(click.ParamType):  # type: ignore[type-arg]
    """A text that is to be said where it is asked: an empty one, such as of a variable of the
    shell that is not set, would find everything.
    """

    name = "text"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        if not str(value).strip():
            self.fail("it is empty. Say what is meant, or leave it out.", param, ctx)
        return str(value)


def or_empty(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    """The value of an option; an empty one where it was not said."""
    return value or ""


class _FormatType(WordType):
    """One of the forms of a command; one that only others have is said to be such."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        elsewhere = str(value).casefold()
        if elsewhere in FORMATS and elsewhere not in self.choices:
            raise click.UsageError(_has_not(elsewhere, self.choices), ctx)
        return super().convert(value, param, ctx)


def _has_not(form: str, formats: Iterable[str]) -> str:
    return (
        f"--format {form} is not for what this command prints. It takes --format "
        f"{' or '.join(formats)}."
    )


class _ServerType(click.ParamType):  # type: ignore[type-arg]
    """HOST:PORT, or a name with a scheme that gRPC knows."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value)
        try:
            target(text)
        except InvalidArgument:
            port = DEFAULT_SERVER.rpartition(":")[2]
            host = re.sub(r":\d+$", "", text)  # of which only the port is wrong
            example = f"{host}:{port}" if _HOST.fullmatch(host) else DEFAULT_SERVER
            raise click.UsageError(
                f"{_origin(param, ctx)} is {text!r}, which is not HOST:PORT. "
                f"Write it as {example}.",
                ctx,
            ) from None
        return text


def _origin(param: click.Parameter | None, ctx: click.Context | None) -> str:
    """The option, or the variable from which its value came."""
    if param is None or ctx is None or param.name is None:
        return "The address"
    if ctx.get_parameter_source(param.name) is ParameterSource.ENVIRONMENT:
        return f"{ctx.auto_envvar_prefix}_{param.name.upper()}"
    return param.opts[0]


def connection_options(formats: Sequence[str]) -> list[click.Parameter]:
    """The options that every command takes, before or after its name."""
    return [
        Option(
            ["--server"],
            metavar="HOST:PORT",
            type=_ServerType(),
            help=f"Where the service listens. [{DEFAULT_SERVER}; env LEDGERCTL_SERVER]",
            **_kept("server"),
        ),
        Option(
            ["--profile"],
            metavar="NAME",
            help="Which profile; see `ledgerctl login`. [the one in use; env LEDGERCTL_PROFILE]",
            **_kept("profile_name"),
        ),
        Option(
            ["--ledger", "-l"],
            metavar="NAME",
            help="Which ledger; needless when the service has just one. [env LEDGERCTL_LEDGER]",
            **_kept("ledger_name"),
        ),
        Option(
            ["--format"],
            type=_FormatType(formats),
            help="How to print the answer.",
            **_kept("output"),
        ),
        Option(
            ["--width"],
            type=Whole(min=20),
            metavar="N",
            help="Columns of a line. [those of the terminal]",
            **_kept("width"),
        ),
        *([_BOM] if "csv" in formats else []),
        Option(
            ["--timeout"],
            type=Number(min=0, min_open=True),
            metavar="SECONDS",
            help=f"How long to wait for an answer. [{DEFAULT_TIMEOUT_SECONDS:g}]",
            **_kept("timeout"),
        ),
    ]


def _kept(field: str) -> dict[str, Any]:
    """Stores the value of an option in the session instead of passing it to the command."""

    def keep(context: click.Context, option: click.Parameter, value: Any) -> None:
        if value is None:
            return
        session = context.ensure_object(Session)
        setattr(session, field, value)
        if context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE:
            session.said_here.add(field)

    return {"expose_value": False, "callback": keep, "section": _EVERYWHERE}


_BOM = Option(
    ["--bom"],
    is_flag=True,
    default=None,
    help="Begin CSV with a byte order mark, for Excel.",
    **_kept("bom"),
)


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """Declares a command; its function gets the Session first."""

    def declare(function: Callable[..., Any]) -> Command:
        made: Command = click.command(name, cls=Command, **attributes)(click.pass_obj(function))
        return made

    return declare
