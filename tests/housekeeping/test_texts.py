"""The texts tell the truth: what they show is run against a real service."""

import os
import re
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

ROOT = Path(__file__).parents[2]
TEXTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "deploy/*.md", "decisions/*.md", "clients/**/*.md")
    for path in ROOT.glob(pattern)
    if "node_modules" not in path.parts
)
SHOWN_ADDRESS = "127.0.0.1:50551"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
_RULE = re.compile(r"^[─\s]*$")


def blocks(path, *languages):
    found = _BLOCK.findall(path.read_text(encoding="utf-8"))
    return [(language, text) for language, text in found if language in languages]


def conversations(text):
    """Each command of a console block with the output that is shown for it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def plain(text):
    """Lines without their padding, and without the rules of tables."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if not _RULE.match(line)]


def shows(expected, actual):
    """Whether output is as shown: `...` alone stands for any lines, within a line for any
    characters.
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
        for line in plain(expected)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in plain(actual)))


@pytest.fixture
def run(tmp_path):
    """Runs commands with a service of its own that holds the example."""
    from diplomatic_ledger import SyncLedgerClient

    from clients.examples.example import ARTICLES, PUBLIC_RECORD, record
    from clients.examples.local_service import free_address, local_service

    (tmp_path / "clients").symlink_to(ROOT / "clients")
    with local_service(tmp_path / "service", free_address()) as address:
        with SyncLedgerClient(address) as client:
            record(client, ARTICLES)
            record(client, PUBLIC_RECORD)
        environment = {
            **os.environ,
            "COLUMNS": "200",  # what a text shows must not depend on where lines break
            "LEDGERCTL_SERVER": address,
            "NO_COLOR": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

        def runs(*command):
            command = [part.replace(SHOWN_ADDRESS, address) for part in command]
            return subprocess.run(
                command,
                check=False,
                capture_output=True,
                cwd=tmp_path,
                env=environment,
                text=True,
                timeout=60,
            )

        yield runs


@pytest.mark.parametrize(
    "path",
    [p for p in TEXTS if blocks(p, "console", "python")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_what_a_text_shows_is_what_happens(path, run, tmp_path):
    for language, text in blocks(path, "console", "python", "yaml"):
        if language == "yaml":
            name = re.search(r"\A# ([\w-]+)(?=\.yaml)|(?<=ledger: {ledger: )[\w-]+", text)
            name = name[1] or name[0]
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        elif language == "python":
            result = run(sys.executable, "-c", text)
            assert result.returncode == 0, result.stderr
            assert result.stdout or "print(" not in text
        else:
            for command, output in conversations(text):
                result = run("bash", "-c", command)
                assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
                assert shows(output, result.stdout), f"{command}\n{result.stdout}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path):
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{target} is not there"


def test_every_decision_is_listed():
    listed = _LINK.findall((ROOT / "decisions/README.md").read_text(encoding="utf-8"))
    assert listed == sorted(p.name for p in (ROOT / "decisions").glob("0*.md"))


def test_every_setting_has_its_consequence():
    from ledger_service.settings import NAMES, Settings

    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", text, re.MULTILINE))
    defaults = Settings()
    shown = {name: str(getattr(defaults, name)).removesuffix(".0").lower() for name in NAMES}
    for name in ("data_dir", "keys_dir"):
        folder = getattr(defaults, name).relative_to(platformdirs.user_data_path())
        shown[name] = f"~/.local/share/{folder}"
    assert rows == shown


def test_every_table_of_a_log_is_named():
    from ledger_service.persistence.storage.migrations import MIGRATIONS

    text = (ROOT / "docs/records.md").read_text(encoding="utf-8")
    statements = [each for step in MIGRATIONS for each in step.statements]
    tables = re.findall(r"{create_table} (\w+)", " ".join(statements))
    assert sorted(tables) == sorted(
        re.findall(r"^\| `(\w+)` \|", text.split("## On disk")[1], re.MULTILINE)
    )


def test_every_command_of_ledgerctl_has_examples():
    from click import Context
    from diplomatic_ledger.cli.root import root

    context = Context(root)
    named = {name: root.get_command(context, name) for name in root.list_commands(context)}
    assert [name for name, command in named.items() if not command.examples] == []
    assert sorted(root.commands) == sorted(named)


def test_make_help_names_every_verb():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    said = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    assert phony - said == {"setup-runtime"}


def test_what_is_shown_in_another_language_is_of_a_sample_that_is_tested():
    """A sample is run in tests/samples, where its tools are installed."""
    sources = {"go": "clients/go/*.go", "ts": "clients/node/src/*.ts"}
    shown = blocks(ROOT / "docs/languages.md", *sources)
    assert {language for language, _ in shown} == set(sources)
    for language, text in shown:
        files = (path.read_text(encoding="utf-8") for path in ROOT.glob(sources[language]))
        assert any(text in each for each in files), text


def test_every_reason_of_an_error_has_its_advice():
    from diplomatic_ledger.v1.errors_pb2 import DESCRIPTOR

    text = (ROOT / "docs/integrating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z_, ]+) \|", text, re.MULTILINE)
    advised = {reason for row in rows for reason in row.split(", ")}
    names = DESCRIPTOR.enum_types_by_name["ErrorReason"].values_by_name
    reasons = {name.removeprefix("ERROR_REASON_") for name in names}
    assert advised == reasons - {"UNSPECIFIED"}
