"""Every rule that a file can break, broken through `ledgerctl record --check`: each refusal names
the line and the words that people write, and nothing of the protocol or the program.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import yaml_text
from diplomatic_ledger.cli import root

import ledger_service.domain.checks
from tests.support.processes import serving

Item = dict[str, Any]

INTERNAL = re.compile(
    r"[A-Z]+_[A-Z_]+|items\[|\bentry\.state|\.state\.|\.entry\b|_pb2|Traceback|\w+Error\b|"
    r"entry_id|amendment\.|\.conditions\[|\bGet[A-Z]|\bRecord with\b|\w\[\d+\]"
)
#: How people are told which of several values is meant, in place of its number.
_RANK = re.compile(r" \(the \d+(?:st|nd|rd|th)\)")
CHECKS = Path(ledger_service.domain.checks.__file__).parent

EVIDENCE = [{"report": "memo"}]
KNOWN: list[Item] = [
    {"id": "us", "party": {"name": "United States", "kind": "state"}},
    {"id": "dprk", "party": {"name": "North Korea", "kind": "state"}},
    {"id": "memo", "report": {"title": "M", "publisher": "P", "published": "2018"}},
    {
        "id": "halt",
        "commitment": {
            "debtors": ["us"],
            "creditors": ["dprk"],
            "consequent": "Halt",
            "occurred": "2018-06-12",
            "evidence": EVIDENCE,
        },
    },
    {
        "id": "keep",
        "commitment": {
            "debtors": ["us"],
            "creditors": ["dprk"],
            "consequent": "Keep",
            "nature": "maintenance",
            "occurred": "2018-06-12",
            "antecedent": {
                "condition": {
                    "all": [
                        {"words": "One", "label": "one"},
                        {"words": "Two", "label": "two"},
                    ]
                }
            },
            "evidence": EVIDENCE,
        },
    },
    {
        "id": "wish",
        "act": {
            "kind": "demand",
            "actor": "us",
            "title": "W",
            "occurred": "2018-06-12",
            "evidence": EVIDENCE,
        },
    },
]


def act(*relations: Item, **fields: Any) -> Item:
    said = {
        "kind": "aid",
        "actor": "us",
        "counterparties": ["dprk"],
        "title": "T",
        "occurred": "2018-06-13",
        "relations": list(relations),
        "evidence": EVIDENCE,
        **fields,
    }
    return {
        "id": "new",
        "act": {key: value for key, value in said.items() if value is not None},
    }


def promise(**fields: Any) -> Item:
    said = {
        "debtors": ["us"],
        "creditors": ["dprk"],
        "consequent": "C",
        "occurred": "2018-06-13",
        "evidence": EVIDENCE,
        **fields,
    }
    return {"id": "new", "commitment": said}


def waits(condition: Item, **fields: Any) -> Item:
    return promise(antecedent={"condition": condition}, **fields)


def instrument(**fields: Any) -> Item:
    said = {"title": "T", "kind": "treaty", "occurred": "2018", "evidence": EVIDENCE, **fields}
    return {"id": "new", "instrument": said}


def party(**fields: Any) -> Item:
    return {"id": "new", "party": {"name": "N", "kind": "state", **fields}}


def report(**fields: Any) -> Item:
    said = {"title": "T", "publisher": "P", "published": "2018", **fields}
    return {
        "id": "new",
        "report": {key: each for key, each in said.items() if each is not None},
    }


def scale(*weights: Item, **fields: Any) -> Item:
    said = {"title": "T", "version": "1", "source": "S", "licence": "L", "coding": "cameo"}
    return {"id": "new", "scale": {**said, "weights": list(weights), **fields}}


def tie(kind: str, target: str = "halt", **fields: Any) -> Item:
    return {"kind": kind, "target": target, **fields}


def amend(entry_id: str, **fields: Any) -> Item:
    return {"amend": entry_id, "reason": "R", "correction": "true", **fields}


PART = {"due": "2019-01-01", "share": "1/2"}
WRONG: dict[str, Item | list[Item]] = {
    "no title": act(title=""),
    "long title": act(title="x" * 600),
    "marks at an end": act(title="A\u200d"),
    "many marks": act(title="a" + "\u0301" * 40),
    "in the future": act(occurred="2999"),
    "in part in the future": act(occurred="2018-06-13/2999-01-01"),
    "toward himself": act(counterparties=["us"]),
    "actor twice": act(co_actors=["us"]),
    "nobody and others": act(actor=None, co_actors=["us"]),
    "nobody, jointly": act(actor=None, joint="true"),
    "nobody delivers": act(tie("fulfils"), actor=None),
    "joint and alone": act(counterparties=[], joint="true"),
    "empty place": act(place={}),
    "country": act(place={"country": "Korea"}),
    "geonames": act(place={"geonames": "01"}),
    "not on the earth": act(place={"latitude": "99", "longitude": "1"}),
    "latitude alone": act(place={"latitude": "1"}),
    "longitude alone": act(place={"longitude": "1"}),
    "no decimal": act(place={"latitude": "north", "longitude": "1"}),
    "places": act(place={"latitude": "1.1234567", "longitude": "1"}),
    "below 0": act(quantity={"value": "-1", "unit": "t"}),
    "no unit": act(quantity={"value": "1", "unit": ""}),
    "many digits": act(quantity={"value": "1" * 60, "unit": "t"}),
    "cameo": act(code={"cameo": "x"}),
    "plover without type": act(code={"plover": {"mode": "disarm"}}),
    "plover type": act(code={"plover": "retreat"}),
    "plover mode": act(code={"plover": "RETREAT/DISARM"}),
    "plover context": act(code={"plover": {"type": "RETREAT", "contexts": [""]}}),
    "plover context in capitals": act(code={"plover": {"type": "RETREAT", "contexts": ["A"]}}),
    "topic": act(topics=["A topic"]),
    "topic twice": act(topics=["a", "a"]),
    "empty topic": act(topics=[""]),
    "many topics": act(topics=[f"t{n}" for n in range(30)]),
    "attribute": act(attributes=[{"name": "A B", "value": "x"}]),
    "attribute twice": act(attributes=[{"name": "a", "value": "x"}] * 2),
    "no name": act(attributes=[{"name": "", "value": "x"}]),
    "no evidence": act(evidence=[]),
    "no report": act(evidence=[{"report": ""}]),
    "credibility": act(evidence=[{"report": "memo", "credibility": "9"}]),
    "an act supersedes": act(tie("supersedes")),
    "an instrument supersedes": instrument(relations=[tie("supersedes")]),
    "a promise delivers": promise(relations=[tie("fulfils")]),
    "an instrument delivers": instrument(relations=[tie("fulfils")]),
    "itself": act(tie("refers_to", "new")),
    "no target": act(tie("refers_to", "")),
    "extent of a breach": act(tie("breaches", extent="1")),
    "too much": act(tie("fulfils", extent="2")),
    "no number": act(tie("fulfils", extent="some")),
    "by zero": act(tie("fulfils", extent="1/0")),
    "long fraction": act(tie("fulfils", extent="1/" + "3" * 60)),
    "about of a breach": act(tie("breaches", about="existence")),
    "condition of a breach": act(tie("breaches", condition="one")),
    "label": act(tie("meets", "keep", condition="The One")),
    "effect of a delivery": act(tie("fulfils", takes_effect="2019-01-01")),
    "effect before": act(tie("cancels", takes_effect="2017-01-01")),
    "until of a delivery": act(tie("fulfils", until="2019-01-01")),
    "until before": act(tie("suspends", until="2017-01-01")),
    "no new term": act(tie("reschedules")),
    "open term": act(tie("reschedules", due="../..")),
    "due of a delivery": act(tie("fulfils", due="2019")),
    "delivered twice": act(tie("fulfils"), tie("fulfils")),
    "said twice": act(tie("refers_to"), tie("refers_to")),
    "nobody promises": promise(debtors=[]),
    "promises to himself": promise(creditors=["us"]),
    "party twice": promise(creditors=["dprk", "dprk"]),
    "empty id": promise(creditors=["dprk", ""]),
    "mutual of others": promise(mutual="true"),
    "mutual alone": promise(mutual="true", creditors=["us"]),
    "nothing promised": promise(quantity="0 t"),
    "provision": promise(provision="Art. 1"),
    "kept and due": promise(nature="maintenance", due="2019"),
    "due twice": promise(due="2019", due_after={"act": "wish", "days": "3"}),
    "after two": promise(due_after={"act": "wish", "commitment": "halt", "days": "3"}),
    "after nothing": promise(due_after={"days": "3"}),
    "after no time": promise(due_after={"act": "wish"}),
    "after 0 days": promise(due_after={"act": "wish", "days": "0"}),
    "shares": promise(instalments=[PART]),
    "both parts": promise(instalments=[PART, {"due": "2020-01-01"}]),
    "part above 1": promise(instalments=[{**PART, "share": "2"}]),
    "open instalment": promise(instalments=[{**PART, "due": "../2019"}]),
    "part of nothing": promise(instalments=[{"due": "2020-01-01", "quantity": "1"}]),
    "part of 0": promise(quantity="9 t", instalments=[{"due": "2020-01-01", "quantity": "0"}]),
    "amounts": promise(quantity="9 t", instalments=[{"due": "2020-01-01", "quantity": "1"}]),
    "mixed parts": promise(
        quantity="9 t", instalments=[PART, {"due": "2020-01-01", "quantity": "1"}]
    ),
    "until of a deed": promise(until="2019-01-01"),
    "condition of a deed": promise(until_condition={"condition": {"act": "wish"}}),
    "two ends": promise(
        nature="maintenance", until="2019-01-01", until_condition={"condition": {"words": "W"}}
    ),
    "notice twice": promise(withdrawal={"notice_days": "1", "notice_months": "1"}),
    "notice of 0": promise(withdrawal={"notice_days": "0"}),
    "many conditions": waits(
        {"all": [{"words": f"W{n}", "label": f"l{n}"} for n in range(99)]}
    ),
    "deep conditions": waits(
        {
            "all": [
                {
                    "any": [
                        {
                            "all": [
                                {
                                    "any": [
                                        {
                                            "all": [
                                                {"any": [{"all": [{"any": [{"words": "W"}]}]}]}
                                            ]
                                        }
                                    ]
                                }
                            ]
                        }
                    ]
                }
            ]
        }
    ),
    "condition twice": waits({"all": [{"act": "wish"}, {"act": "wish"}]}),
    "no conditions": waits({"all": []}),
    "too many of": waits({"at_least": {"n": "3", "of": [{"words": "W"}]}}),
    "waits for itself": waits({"commitment": "new"}),
    "no label": waits({"all": [{"words": "V"}, {"words": "W"}]}),
    "label twice": waits({"all": [{"words": "V", "label": "a"}, {"words": "W", "label": "a"}]}),
    "label in capitals": waits({"words": "W", "label": "A"}),
    "no words": waits({"words": " "}),
    "name twice": party(names=[{"name": "N"}] * 2),
    "days": party(names=[{"name": "N", "from_day": "2019-01-01", "to_day": "2018-01-01"}]),
    "language": party(names=[{"name": "N", "language": "Korean language"}]),
    "code": party(codes={"ISO 3": "x"}),
    "code twice": party(codes=[{"scheme": "iso3", "value": "A"}] * 2),
    "represents himself": party(represents=[{"principal": "new"}]),
    "represents two": party(represents=[{"principal": "us"}, {"principal": "dprk"}]),
    "mandate twice": party(represents=[{"principal": "us", "mandate": ["all", "all"]}]),
    "succeeds himself": party(succeeds=[{"predecessor": "new", "from_day": "2018-01-01"}]),
    "no first day": party(succeeds=[{"predecessor": "us"}]),
    "predecessor twice": party(succeeds=[{"predecessor": "us", "from_day": "2018-01-01"}] * 2),
    "member of itself": party(composed_of=[{"member": "new"}]),
    "member twice": party(composed_of=[{"member": "us"}] * 2),
    "same as itself": party(same_as=[{"party": "new"}]),
    "same twice": party(same_as=[{"party": "us"}] * 2),
    "digest": report(digest="sha256:x"),
    "not published": report(published=None),
    "precision": report(published={"from_day": "2018-01-01", "to_day": "", "precision": "day"}),
    "unknown precision": report(
        published={"from_day": "2018-01-01", "to_day": "", "precision": "unknown"}
    ),
    "ends before": report(published={"from_day": "2018-01-02", "to_day": "2018-01-01"}),
    "read in the future": report(retrieved="2999-01-01"),
    "no weights": scale(),
    "row": scale({"code": "x", "weight": "1"}),
    "row twice": scale({"code": "01", "weight": "1"}, {"code": "01", "weight": "1"}),
    "row without code": scale({"code": "", "weight": "1"}),
    "plover row": scale({"code": "x", "weight": "1"}, coding="plover"),
    "built-in scale": {**scale({"code": "01", "weight": "1"}), "id": "unit"},
    "kind is missing": act(kind=None),
    "large": act(
        evidence=[{"report": "memo", "quote": f"{n} " + "x" * 1900} for n in range(40)]
    ),
    "no id": {**party(), "id": "two words"},
    "id twice": [party(), amend("new", party={"name": "M", "kind": "state"}), party()],
    "changed before": [amend("new", party={"name": "N", "kind": "state"}), party()],
    "not sealable": {
        "id": "new",
        "act": {**act()["act"], "topics": [{"seal": "secret"}]},
    },
    "empty seal": act(title={"seal": ""}),
    "version 0": amend("us", party={"name": "N", "kind": "state"}, expected_version="0"),
    "nothing there": amend("nobody", party={"name": "N", "kind": "state"}),
    "annuls nothing": {"annul": "nobody", "reason": "R"},
    "another type": amend("us", act=act()["act"]),
    "no seal to keep": amend("us", party={"name": {"sealed": "keep"}, "kind": "state"}),
    "evidence of a party": amend("us", evidence_added=EVIDENCE),
    "evidence of before": amend("halt", evidence_added=EVIDENCE),
    "evidence twice": amend("wish", evidence_added=[{"report": "memo", "quote": "Q"}] * 2),
    "evidence of what is gone": [
        {"annul": "wish", "reason": "R"},
        amend("wish", evidence_added=EVIDENCE),
    ],
    "not there": act(actor="nobody"),
    "no party": act(actor="memo"),
    "no commitment": act(tie("fulfils", "wish")),
    "about nothing": act(tie("asserts")),
    "about an act": act(tie("asserts", "wish", about="existence")),
    "same of another type": act(tie("same_as")),
    "kept falls not due": act(tie("reschedules", "keep", due="2019")),
    "due is not kept": act(tie("reschedules", until="2019-01-01")),
    "takes back a wish": act(tie("reverses", "wish")),
    "waits for a wish": waits({"act": "wish"}),
    "meets nothing": act(tie("meets")),
    "meets what is not there": act(tie("meets", "keep", condition="three")),
    "meets one of several": act(tie("meets", "keep")),
}
#: Sentences of the rules that no file comes to, since ledgerctl refuses it before; of ledgers, and
#: of more than is written into a file here.
NOT_FROM_FILES = {
    "All that was sealed stays so where evidence is only added. Leave this out.",
    "There is a full new state too. Put the evidence into it, or leave it out.",
    "Give the length of a notice in days or in months, not in both.",
    " is sealed anew, too. Do one of both.",
    " stays sealed as it is. Leave it empty, or seal it anew.",
    "Further references were not looked up.",
    " pieces of evidence, and at most ",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("rules")
    with serving(folder / "service") as address:
        yield address


def refused(address: str, file: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    args = ["record", "--server", address, "--ledger", "rules", "--check", str(file)]
    assert root.run(args) == 1, file.read_text()
    return capsys.readouterr().err.splitlines()


def test_each_refusal_of_a_file_is_told_in_its_words(service, tmp_path, capsys):
    file = tmp_path / "file.yaml"
    file.write_text(yaml_text.write(KNOWN))
    assert root.run(["ledgers", "create", "rules", "--title", "R", "--server", service]) == 0
    assert root.run(["record", "-l", "rules", "--server", service, str(file)]) == 0
    capsys.readouterr()
    told = []
    for name, items in WRONG.items():
        file.write_text(yaml_text.write(items if isinstance(items, list) else [items]))
        head, *lines = refused(service, file, capsys)
        assert re.search(r"(?:found|has) \d+ problems? ?", head), (name, head)
        for line in lines:
            assert re.match(r"  line \d+: item \d \(.+?\): ", line), (name, line)
            assert not INTERNAL.search(line), (name, line)
        told += [_RANK.sub("[0]", line) for line in lines]
    unseen = {each for each in sentences() if not any(each in line for line in told)}
    assert unseen <= NOT_FROM_FILES, sorted(unseen - NOT_FROM_FILES)


def sentences() -> Iterator[str]:
    """Of each refusal in the rules the longest part that is the same for all values."""
    for file in sorted(set(CHECKS.glob("*.py")) - {CHECKS / "ledgers.py"}):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("add", "spelling", "Violation"):
                yield from _longest(node.args[-1])


def _longest(node: ast.expr) -> Iterator[str]:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [each.value for each in parts if isinstance(each, ast.Constant)]
    if found := max((each for each in texts if isinstance(each, str)), key=len, default=""):
        yield found
