"""Every command explains itself, with examples that work."""

import shlex
from collections.abc import Iterator

import click
import pytest
from diplomatic_ledger.cli.root import root, run
from diplomatic_ledger.cli.session import Session


def commands(
    group: click.Group = root, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands())


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda x: " ".join(x) if isinstance(x, tuple) else ""
)
def test_help_has_examples_and_fits_the_terminal(path, command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Examples:" in text
    assert "--server HOST:PORT" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert command.help


@pytest.mark.parametrize(
    "example", [example for _, command in ALL for example in getattr(command, "examples", ())]
)
def test_examples_are_understood(example):
    words = shlex.split(example.partition("|")[2] or example.partition(">")[0])
    assert words[0] == "ledgerctl"
    _understand(root, "ledgerctl", words[1:], None)


def _understand(
    command: click.Command, name: str, args: list[str], parent: click.Context | None
) -> None:
    """Parses arguments as a run would, without running."""
    obj = None if parent else Session()
    with command.make_context(name, args, parent=parent, obj=obj) as context:
        rest = [*context._protected_args, *context.args]
        if isinstance(command, click.Group) and rest:
            inner_name, inner, rest = command.resolve_command(context, rest)
            assert inner is not None
            _understand(inner, str(inner_name), rest, context)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["balanc", "a", "b"], "Did you mean balance"),
        (["balance", "a"], "Missing argument 'B'"),
        (["balance", "a", "b", "--as-of", "June"], "'June' is not a day"),
        (["balance", "a", "b", "--recorded-by", "2018-13-01"], "is not a time"),
        (["balance", "a", "b", "--recorded-by", "yesterday"], "a position, a time or a token"),
        (["replay", "--from", "2018-06-01"], "both --from DAY and --to DAY"),
        (["checkpoint", "abc"], "'abc' is not a valid whole number."),
        (["log", "--limit", "some"], "'some' is not a valid whole number."),
        (["log", "--timeout", "long"], "'long' is not a valid number."),
        (["diff"], "Both sides are the same"),
        (["amend", "F1", "--state", "x", "--reason", "y"], "--correction or --report"),
        (["record", "/nowhere.yaml"], "/nowhere.yaml cannot be read"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(args, said, capsys):
    assert run(["--ledger", "talks", *args]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("ledgerctl: ")
    assert error.count("\n") == 1


def test_nobody_there_is_exit_code_4(capsys):
    assert run(["--server", "127.0.0.1:1", "--timeout", "0.5", "ledgers"]) == 4
    assert "No ledger service answers at 127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("localhost", "localhost:50551"),
        ("foo:bar", "127.0.0.1:50551"),
        ("foo:99999", "foo:50551"),
        ("foo:0", "foo:50551"),
        ("a host:1", "127.0.0.1:50551"),
        ("dns:///foo:bar", "127.0.0.1:50551"),
        ("http://localhost:50551", "127.0.0.1:50551"),
        ("::1", "127.0.0.1:50551"),
        ("[::1]", "[::1]:50551"),
        ("", "127.0.0.1:50551"),
    ],
)
def test_an_address_that_is_none_is_told_with_where_it_came_from(
    given, written, capsys, monkeypatch
):
    sentence = f"is {given!r}, which is not HOST:PORT. Write it as {written}. See ledgerctl"
    assert run(["--server", given, "ledgers"]) == 2
    assert capsys.readouterr().err.startswith(f"ledgerctl: --server {sentence}")
    assert run(["ledgers", "--server", given]) == 2
    assert capsys.readouterr().err.startswith(f"ledgerctl: --server {sentence}")
    if given:
        monkeypatch.setenv("LEDGERCTL_SERVER", given)
        assert run(["ledgers"]) == 2
        assert capsys.readouterr().err.startswith(f"ledgerctl: LEDGERCTL_SERVER {sentence}")


@pytest.mark.parametrize(
    "address", ["localhost:1", "[::1]:1", "unix:/run/ledger.sock", "dns:///ledger.test:1"]
)
def test_what_grpc_knows_as_an_address_is_taken(address):
    with root.make_context("ledgerctl", ["--server", address, "log"], obj=Session()) as made:
        assert made.obj.server == address


def test_help_says_where_and_how_long_by_default(capsys):
    assert run(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "[127.0.0.1:50551; env LEDGERCTL_SERVER]" in text
    assert "How long to wait for an answer. [30]" in text


@pytest.mark.parametrize("name", ["acts", "commitments", "commitment", "entry"])
def test_what_is_not_weighed_takes_no_scale(name):
    (command,) = (command for path, command in ALL if path == (name,))
    options = {option for each in command.params for option in each.opts}
    assert "--as-of" in options
    assert not options & {"--scale", "--evidence"}
