"""The benchmark program runs, and says of each row whether it is met."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.benchmarks import filled, page
from tests.benchmarks.profiling import shares
from tests.benchmarks.report import Row, Topic, last, save, table

ROOT = Path(__file__).parents[2]


def test_a_small_run_gives_a_table_and_keeps_its_figures(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.benchmarks",
            "--small",
            "--alone",
            "--cache",
            tmp_path,
            "writing",
            "dense",
            "storing",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,  # on a machine with much else to do
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "memory after the start" in done.stdout
    assert "not measured: h2load is not installed" in done.stdout
    (kept,) = (tmp_path / "small").glob("*.json")
    run = json.loads(kept.read_text())
    assert [topic["name"] for topic in run["topics"]] == ["writing", "dense", "storing"]
    assert run["machine"]["cores"]


@pytest.mark.parametrize("kind", filled.KINDS, ids=lambda kind: kind.name)
def test_each_ledger_that_is_asked_is_made_of_items_that_can_be_sent(kind):
    first, *_ = islice(kind.requests(1_000), 3)
    assert first.items
    assert first.ByteSize() > 0


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("calls", "requests/s", 65, 100, "a no-op call", "singles"), True),
        (Row("calls", "requests/s", 64, 100, "a no-op call", "singles"), False),
        (Row("a question", "ms", 2.1, 1.0, "a no-op call", "question"), False),
        (Row("a page", "ms", 49, 1.0, "a no-op call", "replay"), True),
        (Row("calls", "requests/s", 65, key="singles"), None),
        (Row("calls", "requests/s", key="singles", missing="no h2load"), None),
        (Row("something", "ms", 1.0), None),
    ],
)
def test_a_row_is_met_by_its_target(row, met):
    assert row.met is met


def test_rows_stand_in_the_order_of_the_targets_and_the_others_last():
    rows = [Row("c", "ms", 1), Row("b", "ms", 40, key="replay"), Row("a", "/s", 1, 2, "x")]
    lines = table([Topic("one", rows=rows), Topic("two", rows=[Row("0", "/s", key="read")])])
    assert [line.split("|")[1].strip() for line in lines.splitlines()[2:]] == [
        "0",
        "b",
        "c",
        "a",
    ]


def test_the_last_of_each_topic_is_found_again(tmp_path):
    first = Topic(
        "writing", "2020-01-01", size=10, rows=[Row("a", "ms", 1.0, 2.0, "b", "replay")]
    )
    save(tmp_path, [first, Topic("reading", "2020-01-01", size=10)], {"cores": 1})
    second = Topic(
        "reading", "2020-01-02", size=20, remarks=["Said."], profiles={"read": "| x |"}
    )
    path = save(tmp_path, [second, Topic("writing", failed=True)], {"cores": 2})
    topics, machine = last(tmp_path, ["writing", "reading", "asking"])
    assert [(topic.name, topic.size) for topic in topics] == [("writing", 10), ("reading", 20)]
    assert topics[0].rows[0].ratio == 0.5
    assert machine == {"cores": 2}
    assert path.with_name(f"{path.stem}-profile-read.md").read_text() == "| x |"


def test_the_page_has_its_place_for_figures(tmp_path):
    copy = tmp_path / "performance.md"
    copy.write_text(page.PAGE.read_text())
    machine = dict.fromkeys(
        ["cores", "processor", "memory_gb", "system", "python", "grpcio", "sqlite"], 1
    )
    machine |= {"eventsourcing": 1, "load_before": 0.0, "postgresql": 18, "peers": {"P": "2"}}
    topic = Topic("reading", "2020-01-01", "abc", 10, rows=[Row("a row", "ms", 1.0)])
    topic.remarks.append("A remark.")
    topic.profiles["read"] = f"## a row\n\n{shares(['f (grpc/aio.py:2) 3'])}"
    page.write([topic], machine, copy)
    page.write([topic], machine, copy)
    text = copy.read_text()
    assert text.count("| a row |") == text.count("- A remark.") == 1
    assert "commit abc" in text
    assert ", P 2;" in text
    assert "- a row: grpc 100 %." in text
    assert "- NOT MEASURED: start, of which at most 2 s is wanted." in text
    assert "## What bounds each row" in text


def test_topics_of_several_commits_are_not_shown_as_one_run(tmp_path):
    topics = [Topic(name, "2020-01-01", name[0]) for name in ("reading", "writing")]
    assert page.commits(topics) == "NOT IN ONE RUN: reading at r, writing at w"
    assert page.commits(topics[:1] * 2) == "commit r"


def test_a_profile_counts_a_sample_for_the_innermost_module_of_ours():
    stacks = [
        "main (x.py:1);record (/a/ledger_service/application/ledger.py:5);dumps (json/j.py:1) 3",
        "main (x.py:1);poll (grpc/aio.py:2) 1",
    ]
    found = shares(stacks)
    assert "| ledger_service/application/ledger.py | 75 % |" in found
    assert "| grpc | 25 % |" in found
