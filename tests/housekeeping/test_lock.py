"""The lock: exact, hashed, without a host, and complete for what pyproject.toml asks."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_LINE = re.compile(r"([A-Za-z0-9._-]+)==([^ ]+) \\|    --hash=sha256:[0-9a-f]{64}(?: \\)?")
_COMMENT = re.compile(r"#.*|")


def lock(name):
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def locked(name):
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ]+)", lock(name), re.MULTILINE)
    return {canonicalize_name(each): version for each, version in found}


def asked(*extras):
    project = PROJECT["project"]
    texts = list(project["dependencies"]) + list(PROJECT["build-system"]["requires"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("name", ["runtime", "dev", "supply"])
def test_holds_nothing_but_versions_and_hashes(name):
    strange = [
        line
        for line in lock(name).splitlines()
        if not _LINE.fullmatch(line) and not _COMMENT.fullmatch(line)
    ]
    assert strange == []
    assert not re.search(r"://|--(?:index|extra|find|trusted)", lock(name))


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("runtime", ["cli", "server", "postgres", "tracing"]),
        ("dev", ["cli", "keyring", "plot", "server", "postgres", "tracing", "dev"]),
    ],
)
def test_holds_all_that_the_project_asks_for(name, extras):
    versions = locked(name)
    unmet = [
        str(need)
        for need in asked(*extras)
        if not need.specifier.contains(versions.get(canonicalize_name(need.name), "0"))
    ]
    assert unmet == [], "run: make lock"


def test_what_runs_is_what_was_tested():
    assert locked("runtime").items() <= locked("dev").items()


def test_all_brings_every_extra_but_those_of_development():
    extras = PROJECT["project"]["optional-dependencies"]
    (everything,) = map(Requirement, extras["all"])
    assert everything.name == PROJECT["project"]["name"]
    assert everything.extras == extras.keys() - {"all", "dev", "supply"}


def test_the_generator_is_as_old_as_the_oldest_runtime():
    floor = next(need for need in asked() if need.name == "grpcio")
    assert str(floor.specifier) == ">=1.76"
    assert locked("dev")["grpcio-tools"] == "1.76.0"
