"""From nothing to a first file: what `ledgerctl init`, `schema`, `help` and `completion` give a
person, and that it works with a real service.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import programs
from tests.support.processes import serving

ROOT = Path(__file__).parents[2]
WHOLE = ROOT / "deploy/development/entry_forms/whole.yaml"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("service")) as address:
        yield address


@pytest.fixture
def ledgerctl(address, tmp_path):
    def run(*args, **more):
        return programs.ledgerctl(
            *map(str, args),
            env={
                **os.environ,
                "LEDGERCTL_SERVER": address,
                "COLUMNS": "100",
                "PYTHONPATH": os.pathsep.join(sys.path),
                **more,
            },
            cwd=tmp_path,
        )

    return run


def test_the_first_file_can_be_checked_and_recorded_as_it_is(ledgerctl, tmp_path):
    wrote = ledgerctl("init", "border.yaml", "--title", "Talks on A's border")
    assert wrote.returncode == 0, wrote.stderr
    assert "ledgerctl record --check border.yaml" in wrote.stdout
    checked = ledgerctl("record", "--check", "border.yaml")
    assert checked.returncode == 0, checked.stderr
    recorded = ledgerctl("record", "border.yaml")
    assert "Recorded 4 items in border" in recorded.stdout, recorded.stderr
    assert "Talks on A's border" in ledgerctl("ledgers").stdout
    shown = ledgerctl("commitment", "opening", "--ledger", "border", "--as-of", "2026-07-01")
    assert "overdue" in shown.stdout


def test_what_is_commented_out_in_the_first_file_can_be_recorded_too(ledgerctl, tmp_path):
    ledgerctl("init", "whole.yaml", "--ledger", "border-whole")
    file = tmp_path / "whole.yaml"
    text = re.sub(r"^# (- id:|  )", r"\1", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    recorded = ledgerctl("record", "whole.yaml")
    assert "Recorded 8 items" in recorded.stdout, recorded.stderr
    stands = ledgerctl("commitment", "opening", "--ledger", "border-whole")
    assert "fulfilled" in stands.stdout


def test_a_file_that_is_there_is_left_as_it_is(ledgerctl, tmp_path):
    (tmp_path / "mine.yaml").write_text("my work", encoding="utf-8")
    refused = ledgerctl("init", "mine.yaml")
    assert refused.returncode == 1
    assert "mine.yaml is there already, and is left as it is" in refused.stderr
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "my work"


def test_a_name_that_no_ledger_can_have_is_asked_for(ledgerctl):
    refused = ledgerctl("init", "2018.yaml")
    assert refused.returncode == 2
    assert "Say it with --ledger" in refused.stderr


def test_the_first_file_is_yaml_and_not_called_json(ledgerctl, tmp_path):
    refused = ledgerctl("init", "talks.jsonl")
    assert refused.returncode == 2
    assert "Name it talks.yaml." in refused.stderr
    assert not list(tmp_path.glob("talks*"))


def test_the_ledger_is_that_of_the_file_and_not_of_the_environment(ledgerctl, tmp_path):
    made = ledgerctl("init", "strait talks.yaml", LEDGERCTL_LEDGER="other")
    assert "\n  ledger: strait-talks\n" in (tmp_path / "strait talks.yaml").read_text("utf-8")
    assert "ledgerctl record --check 'strait talks.yaml'" in made.stdout
    assert made.stderr == (
        "The file is for the ledger strait-talks; LEDGERCTL_LEDGER says other, so unset it, or "
        "say --ledger strait-talks, to record the file.\n"
    )
    typed = ledgerctl("init", "b.yaml", "--ledger", "typed", LEDGERCTL_LEDGER="other")
    assert "\n  ledger: typed\n" in (tmp_path / "b.yaml").read_text("utf-8")
    assert typed.stderr == ""
    assert ledgerctl("init", "other.yaml", LEDGERCTL_LEDGER="other").stderr == ""


def test_the_file_names_the_schema_beside_it(ledgerctl, tmp_path):
    ledgerctl("init", "one.yaml")
    first = (tmp_path / "one.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=entry-file.schema.json"
    beside = json.loads((tmp_path / "entry-file.schema.json").read_text(encoding="utf-8"))
    assert beside == json.loads(ledgerctl("schema").stdout)


def test_the_items_of_the_page_on_entry_files_can_be_recorded(ledgerctl, tmp_path):
    ledgerctl("ledgers", "create", "valley", "--title", "The valley")
    recorded = ledgerctl("record", "--ledger", "valley", WHOLE)
    assert recorded.returncode == 0, recorded.stderr
    text = ledgerctl("commitment", "withdrawal", "--ledger", "valley", "--as-of", "2026-06-15")
    assert "partially fulfilled" in text.stdout


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        (["in", "doubt"], "visible under one reading of the dates and not under another"),
        (["fulfils"], "the act delivers on the commitment"),
        (["commitment"], "consequent_code"),
        (["in_exchange_for"], "in exchange for"),
        (["balance"], "ledgerctl balance --help"),
        (["date"], "2018-06 (some day of that month)"),
        (["date"], "../2018-06-20 (on that day or before it)"),
    ],
)
def test_help_tells_what_a_word_means(ledgerctl, topic, told):
    shown = ledgerctl("help", *topic)
    assert shown.returncode == 0, shown.stderr
    assert told in " ".join(shown.stdout.split())


def test_help_on_nothing_lists_the_topics_and_help_on_a_slip_suggests(ledgerctl):
    assert "commitment" in ledgerctl("help").stdout
    slip = ledgerctl("help", "recprocity")
    assert slip.returncode == 2
    assert "Did you mean reciprocity?" in slip.stderr


def test_help_as_json_has_the_terms_and_the_fields(ledgerctl):
    told = json.loads(ledgerctl("help", "act", "--format", "json").stdout)
    assert {"kind", "actor", "counterparty"} <= {each["name"] for each in told["fields"]}
    assert told["terms"]


def test_bash_completes_commands_and_the_words_of_options(ledgerctl, tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not there: completion in it is not tried")
    script = ledgerctl("completion", "bash").stdout
    program = tmp_path / "ledgerctl"
    program.write_text(
        f"#!{sys.executable}\nfrom diplomatic_ledger.cli import main\nmain()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)

    def completed(line):
        words = line.split(" ")
        ask = (
            f"{script}\nCOMP_WORDS=({' '.join(words[:-1])} '{words[-1]}'); "
            f"COMP_CWORD={len(words) - 1}; _ledgerctl_completion {program}; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run(
            [bash, "-c", ask],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            timeout=60,
        )
        return done.stdout.split()

    assert {"commitment", "commitments"} <= set(completed("ledgerctl commit"))
    assert "certain" in completed("ledgerctl balance a b --dates cer")
