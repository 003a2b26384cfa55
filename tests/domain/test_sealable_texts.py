"""No rule reads a text that may be sealed: an answer is the same whether it is sealed,
shown or erased.
"""

import ast
from pathlib import Path

import pytest

from ledger_service.domain.values.entries import Sealed
from ledger_service.domain.values.sealing import (
    KEPT,
    SEALABLE,
    opened,
    sealable_paths,
    sealed_fields,
    text_at,
    with_texts,
)
from tests.support.examples import (
    a_commitment,
    a_party,
    a_relation,
    a_representation,
    an_act,
    an_evidence,
)

LEDGER_SERVICE = Path(__file__).parents[2] / "ledger_service"
#: They say what a state is and check it as it comes; no answer rests on them.
NO_RULES = {"entries.py", "sealing.py"}
RULES = [
    path
    for folder in ("domain", "projections")
    for path in sorted((LEDGER_SERVICE / folder).glob("*.py"))
    if path.name not in NO_RULES
]

ACT = an_act(
    relations=(a_relation(note="tie"),), evidence=(an_evidence(), an_evidence(report="A2"))
)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_no_rule_reads_a_sealable_text(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    read = [
        f"line {node.lineno}: .{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in SEALABLE
    ]
    matched = [
        f"line {node.lineno}: {name}="
        for node in ast.walk(tree)
        if isinstance(node, ast.MatchClass)
        for name in node.kwd_attrs
        if name in SEALABLE
    ]
    assert read + matched == []


def test_sealable_are_these_texts_wherever_they_stand() -> None:
    assert sealable_paths(ACT) == [
        "title",
        "relations[0].note",
        "evidence[0].attribution",
        "evidence[1].attribution",
        "summary",
        "note",
    ]
    party = a_party(represents=(a_representation(),))
    assert sealable_paths(party) == ["represents[0].note", "note"]
    assert "consequent" not in sealable_paths(a_commitment())


@pytest.mark.parametrize(
    "path",
    [
        *("", "Title", "place", "actor", "url", "evidence", "title[0].note"),
        *("evidence[2].attribution", "evidence[0].report", "relations[0].title"),
        *("evidence[-1].attribution", "evidence[00].attribution", "evidence[0].attribution "),
        "evidence[99999999999999].attribution",
    ],
)
def test_other_paths_lead_nowhere(path: str) -> None:
    assert text_at(ACT, path) is None


def test_a_text_is_replaced_where_its_path_leads() -> None:
    texts = dict.fromkeys(sealable_paths(ACT), KEPT)
    sealed = with_texts(ACT, texts)
    assert [field.path for field in sealed_fields(sealed)] == list(texts)
    assert sealed.occurred == ACT.occurred
    assert sealed.evidence[1].report == "A2"
    assert with_texts(sealed, {path: text_at(ACT, path) for path in texts}) == ACT


def test_a_state_reads_with_the_values_that_are_known() -> None:
    seals = [Sealed("sha256:" + digit * 64) for digit in "12"]
    sealed = with_texts(ACT, {"title": seals[0], "evidence[1].attribution": seals[1]})
    read = opened(sealed, {seals[0].sealed: "Known"})
    assert (read.title, read.evidence[1].attribution) == ("Known", "")
    assert opened(ACT, {}) is ACT
