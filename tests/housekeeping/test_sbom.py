"""The bill of materials: what runs, with hashes, and what of it needs what; the same bytes from
the same lock.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "deploy/development"
SUPPLY = ROOT / ".cache/supply/bin"
SECONDS = 120


def run(*command, seed="0"):
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=False,
        text=True,
        timeout=SECONDS,
    )


def locked():
    text = (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ]+)", text, re.MULTILINE))


def completed(folder, versions, seed="0"):
    """The bill of these packages with its graph."""
    file = folder / f"{seed}.json"
    components = [
        {"bom-ref": f"ref-{name}", "name": name, "version": version}
        for name, version in versions.items()
    ]
    root = {"bom-ref": "root", "name": "diplomatic-ledger"}
    file.write_text(json.dumps({"metadata": {"component": root}, "components": components}))
    return run(sys.executable, SCRIPTS / "dependency_graph", file, seed=seed), file


def reached(bill):
    """The refs that the root needs, itself included."""
    graph = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    root = bill["metadata"]["component"]["bom-ref"]
    found, waiting = {root}, [root]
    while waiting:
        new = {*graph[waiting.pop()]} - found
        found |= new
        waiting += new
    return found


def refs(bill):
    return {
        bill["metadata"]["component"]["bom-ref"],
        *(e["bom-ref"] for e in bill["components"]),
    }


def test_the_root_needs_all_that_the_lock_holds_and_each_edge_is_somebodys_need(tmp_path):
    done, file = completed(tmp_path, locked())
    assert done.returncode == 0, done.stderr
    bill = json.loads(file.read_text())
    assert reached(bill) == refs(bill)
    graph = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert "ref-grpcio" in graph["root"]
    assert "ref-cffi" in graph["ref-cryptography"]
    assert "ref-cffi" not in graph["root"]
    assert "ref-psycopg-binary" in graph["ref-psycopg"], "an extra that the project asks for"
    assert graph["ref-mdurl"] == []
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", bill["metadata"]["component"]["version"])


def test_the_graph_is_the_same_bytes_each_time(tmp_path):
    written = [completed(tmp_path, locked(), seed)[1].read_bytes() for seed in ("1", "2")]
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"grpcio": "0.1"}, "the lock says 0.1. Install what it says: make setup"),
        ({"pytest": "1.0"}, "Nothing needs pytest. Compute the lock anew: make lock"),
    ],
)
def test_a_lock_that_is_not_what_is_installed_and_needed_is_told(tmp_path, changed, told):
    done, _ = completed(tmp_path, locked() | changed)
    assert done.returncode == 1
    assert told in done.stderr


@pytest.mark.skipif(not (SUPPLY / "cyclonedx-py").exists(), reason="needs make sbom, once")
def test_the_whole_bill_is_valid_has_hashes_and_is_the_same_bytes_each_time(tmp_path):
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for seed, file in enumerate(files):
        done = run(SCRIPTS / "sbom", sys.executable, SUPPLY, file, seed=str(seed))
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    assert files[0].read_bytes() == files[1].read_bytes()
    bill = json.loads(files[0].read_text())
    assert reached(bill) == refs(bill)
    assert {each["name"]: each["version"] for each in bill["components"]} == locked()
    for each in bill["components"]:
        assert any(told["hashes"] for told in each["externalReferences"]), each["name"]
