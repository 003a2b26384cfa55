"""Everything that is remarked on, through the command: told, and refused with --strict."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from diplomatic_ledger.v1.ledger_service_pb2 import RemarkReason

from tests.support import programs
from tests.support.processes import serving

BEFORE = """\
ledger: {ledger: odd, title: What is odd}
items:
- {id: a, party: {name: State A, kind: state, codes: {iso3: AAA}}}
- {id: b, party: {name: State B, kind: state}}
- {id: envoy, party: {name: The envoy, kind: person, represents: [{principal: b, from_day: 2017-01-01}]}}
- {id: gone, party: {name: Gone, kind: body}}
- {id: paper, report: {title: R, publisher: P, published: 2018-06-30}}
- {id: p1, commitment: {debtors: [a], creditors: [b], consequent: Send oil, occurred: 2018-01-01, quantity: 10 t, evidence: [{report: paper}]}}
- {id: p2, commitment: {debtors: [a], creditors: [b], consequent: Leave, occurred: 2018-01-01, antecedent: {condition: {words: {text: b leaves}}}, evidence: [{report: paper}]}}
- {id: p3, commitment: {debtors: [a], creditors: [b], consequent: Rest, occurred: 2018-01-01, evidence: [{report: paper}]}}
- {id: p4, commitment: {debtors: [a], creditors: [b], consequent: Talk, occurred: 2018-01-01, evidence: [{report: paper}]}}
- {id: ends, act: {kind: cancellation, actor: a, counterparty: b, title: Ends it, occurred: 2018-02-01, relations: [{kind: cancels, target: p3}], evidence: [{report: paper}]}}
- {id: notice, act: {kind: notice, actor: a, counterparty: b, title: Gives notice, occurred: 2018-02-01, relations: [{kind: cancels, target: p4, takes_effect: 2018-03-01}], evidence: [{report: paper}]}}
- {id: memoir, report: {title: Memoir, publisher: P, published: 2018-07-15}}
- {id: source_not_named, act: {kind: visit, actor: a, title: Comes, occurred: 2018-01-20, evidence: [{report: paper}]}}
- {id: failed, commitment: {debtors: [a], creditors: [b], made_by: [a, b], consequent: Rest, occurred: 2018-01-02, evidence: [{report: paper}]}}
- {id: fails, act: {kind: cancellation, actor: a, counterparty: b, title: Ends it, occurred: 2018-02-01, relations: [{kind: cancels, target: failed}], evidence: [{report: paper}]}}
- {id: in_a_circle, commitment: {debtors: [a], creditors: [b], made_by: [a, b], consequent: Dig, occurred: 2018-01-02, evidence: [{report: paper}]}}
- {id: deeper, commitment: {debtors: [a], creditors: [b], made_by: [a, b], consequent: Dig deeper, occurred: 2018-01-03, relations: [{kind: supersedes, target: in_a_circle}], evidence: [{report: paper}]}}
"""
MORE = "".join(
    f"- {{id: more{n}, act: {{kind: visit, actor: a, counterparty: b, title: Comes, "
    f"occurred: 2018-01-0{n}, evidence: [{{report: paper}}]}}}}\n"
    for n in range(1, 9)
)
ANNULS = "- {annul: gone, reason: Never was.}\n"

ODD = {
    "unknown_code": "act: {kind: visit, actor: a, title: T, occurred: 2018-05-01, "
    "code: {cameo: 9999}, evidence: [{report: paper}]}",
    "far_year": "act: {kind: visit, actor: a, title: T, occurred: 1018-05-01, "
    "evidence: [{report: paper}]}",
    "future_report": "report: {title: R, publisher: P, published: 2067-01-01}",
    "report_before_event": "act: {kind: visit, actor: a, title: T, occurred: 2018-08-01, "
    "evidence: [{report: paper}]}",
    "ends_before_promise": "commitment: {debtors: [a], creditors: [b], consequent: Go, "
    "occurred: 2018-01-01, due: 2017-06-30, evidence: [{report: paper}]}",
    "same_name": "party: {name: STATE A, kind: state}",
    "look_alike_name": "party: {name: Stаte B, kind: state}",
    "same_code": "party: {name: Elsewhere, kind: state, codes: {iso3: AAA}}",
    "annulled_party": "act: {kind: visit, actor: gone, title: T, occurred: 2018-05-01, "
    "evidence: [{report: paper}]}",
    "sealed_from_author": "act: {kind: visit, actor: a, title: {seal: T}, "
    "occurred: 2018-05-01, evidence: [{report: paper}]}",
    "not_entitled": "act: {kind: statement, actor: b, title: T, occurred: 2018-05-01, "
    "relations: [{kind: cancels, target: p1}], evidence: [{report: paper}]}",
    "no_mandate": "act: {kind: statement, actor: envoy, title: T, occurred: 2018-05-01, "
    "relations: [{kind: releases, target: p1}], evidence: [{report: paper}]}",
    "claimed_only": "act: {kind: fulfilment, actor: a, counterparty: b, title: T, "
    "occurred: 2018-05-01, relations: [{kind: fulfils, target: p1}], "
    "evidence: [{report: paper, asserted_by: b}]}",
    "after_end": "act: {kind: statement, actor: b, title: T, occurred: 2018-05-01, "
    "relations: [{kind: releases, target: p3}], evidence: [{report: paper}]}",
    "not_open": "act: {kind: violation, actor: a, counterparty: b, title: T, "
    "occurred: 2018-05-01, relations: [{kind: breaches, target: p2}], "
    "evidence: [{report: paper}]}",
    "too_late": "act: {kind: statement, actor: a, title: T, occurred: 2018-05-01, "
    "relations: [{kind: withdraws, target: notice}], evidence: [{report: paper}]}",
    "no_change": "act: {kind: statement, actor: b, title: T, occurred: 2018-05-01, "
    "relations: [{kind: resumes, target: p1}], evidence: [{report: paper}]}",
    "unit_differs": "act: {kind: fulfilment, actor: a, counterparty: b, title: T, "
    "occurred: 2018-05-01, quantity: 5 kg, relations: [{kind: fulfils, target: p1}], "
    "evidence: [{report: paper}]}",
    "source_not_named": "amend: source_not_named, reason: The day., new_information: memoir, "
    "act: {kind: visit, actor: a, title: Comes, occurred: 2018-01-21, "
    "evidence: [{report: paper}]}",
    "not_binding": "commitment: {debtors: [a], creditors: [b], consequent: Go, "
    "occurred: 2018-01-02, relations: [{kind: supersedes, target: p1}], "
    "evidence: [{report: paper, asserted_by: b}]}",
    "failed": "amend: failed, reason: It was meant instead., correction: true, commitment: {debtors: [a], "
    "creditors: [b], made_by: [a, b], consequent: Rest, occurred: 2018-01-02, "
    "relations: [{kind: supersedes, target: p1}], evidence: [{report: paper}]}",
    "in_a_circle": "amend: in_a_circle, reason: It was meant instead., correction: true, commitment: "
    "{debtors: [a], creditors: [b], made_by: [a, b], consequent: Dig, occurred: 2018-01-02, "
    "relations: [{kind: supersedes, target: deeper}], evidence: [{report: paper}]}",
}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def ledgerctl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with serving(tmp_path_factory.mktemp("service")) as address:

        def run(*args: str) -> subprocess.CompletedProcess[str]:
            return programs.ledgerctl(
                *args,
                env={
                    **os.environ,
                    "LEDGERCTL_SERVER": address,
                    "PYTHONPATH": os.pathsep.join(sys.path),
                },
            )

        yield run


@pytest.fixture(scope="module")
def odd(ledgerctl: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which each thing is odd in one way, for a ledger in which nothing is."""
    folder = tmp_path_factory.mktemp("files")
    for name, text in (("before", BEFORE + MORE), ("annuls", ANNULS)):
        file = folder / f"{name}.yaml"
        file.write_text(text if "ledger:" in text else f"items:\n{text}", encoding="utf-8")
        done = ledgerctl("record", "-l", "odd", str(file), "--strict")
        assert done.returncode == 0, done.stderr
    file = folder / "odd.yaml"
    items = "".join(
        f"- {{{text if text.startswith('amend') else f'id: {reason}, {text}'}}}\n"
        for reason, text in ODD.items()
    )
    file.write_text(f"items:\n{items}", encoding="utf-8")
    return file


def lines(told: str) -> list[str]:
    """The lines that name a place in the file."""
    joined = " ".join(told.split())
    return ["line " + each for each in joined.split("line ")[1:]]


def test_each_has_its_example():
    names = (each.removeprefix("REMARK_REASON_").lower() for each in RemarkReason.keys()[1:])
    assert list(ODD) == list(names)


@pytest.mark.rule("15.1")
def test_all_are_told_by_a_check_refused_when_that_is_asked_for_and_told_again(
    ledgerctl: Run, odd: Path
) -> None:
    checked = ledgerctl("record", "-l", "odd", "--check", str(odd))
    assert checked.returncode == 0
    told = lines(checked.stderr)
    assert [each.split("(")[1].split(")")[0] for each in told] == list(ODD)
    as_json = ledgerctl("record", "-l", "odd", "--check", str(odd), "--format", "json")
    remarks = json.loads(as_json.stdout)["remarks"]
    assert [each["reason"] for each in remarks] == list(ODD)
    assert [each["place"].split("(")[1].split(")")[0] for each in remarks] == list(ODD)

    for args in (["--check", "--strict"], ["--strict"]):
        refused = ledgerctl("record", "-l", "odd", *args, str(odd))
        assert refused.returncode != 0
        assert "The service has" in refused.stderr
        assert "nothing was recorded" in " ".join(refused.stderr.split())
        assert lines(refused.stderr)[0] == told[0]

    recorded = ledgerctl("record", "-l", "odd", str(odd), "--format", "json")
    assert recorded.returncode == 0
    assert lines(recorded.stderr) == told
    assert json.loads(recorded.stdout)["remarks"] == remarks
    again = ledgerctl("record", "-l", "odd", "--strict", str(odd))
    assert again.returncode == 0
    assert not lines(again.stderr)


def test_what_changes_one_entry_tells_what_is_odd_too(ledgerctl: Run, odd: Path) -> None:
    state = odd.parent / "more1.yaml"
    state.write_text(
        "act: {kind: visit, actor: a, counterparty: b, title: Comes, occurred: 2018-01-01, "
        "code: {cameo: 9998}, evidence: [{report: paper}]}\n"
    )
    because = ["--reason", "Coded.", "-l", "odd"]
    amended = ledgerctl("amend", "more1", "--state", str(state), "--correction", *because)
    assert amended.returncode == 0, amended.stderr
    assert "act.code.cameo: CAMEO has no code '9998'." in " ".join(amended.stderr.split())
    annulled = ledgerctl("annul", "a", *because)
    assert "The party 'a' is still named by" in " ".join(annulled.stderr.split())
