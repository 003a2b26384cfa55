"""The files of compose under deploy: whole, confined, and at one with the settings."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ledger_service import settings

FOLDER = Path(__file__).parents[2] / "deploy"
FILES = ("compose.yaml", "compose.example.yaml")
SECRETS = {"LEDGER_DATABASE_PASSWORD": "geheim", "GRAFANA_PASSWORD": "geheim"}


def read(name):
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def filled_in(text):
    """What compose makes of ${NAME:-default} and ${NAME:?why}."""
    return re.sub(
        r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}", lambda m: SECRETS.get(m[1], m[2] or ""), text
    )


def services():
    return [
        pytest.param(name, each, id=f"{name}-{service}")
        for name in FILES
        for service, each in read(name)["services"].items()
    ]


@pytest.mark.parametrize("name", FILES)
def test_compose_takes_the_file(name):
    asked = ["docker", "compose", "version"]
    if (
        shutil.which("docker") is None
        or subprocess.run(asked, check=False, capture_output=True).returncode
    ):
        pytest.skip("there is no docker compose: the file is only read as YAML")
    told = subprocess.run(
        ["docker", "compose", "--file", str(FOLDER / name), "config", "--quiet"],
        env={**os.environ, **SECRETS},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize(("name", "service"), services())
def test_a_service_names_what_is_there(name, service):
    whole = read(name)
    for mount in service.get("volumes", ()):
        source = mount.split(":")[0]
        if source.startswith("."):
            assert (FOLDER / source).exists(), f"{source} is not there"
        else:
            assert source in whole["volumes"]
    assert {*service.get("networks", ())} <= (whole.get("networks") or {}).keys()
    assert {*service.get("depends_on", ())} <= whole["services"].keys()
    assert (
        re.search(r":v?\d[\w.]*$", service["image"]) or service["image"] == "diplomatic-ledger"
    )


def test_the_ledger_starts_with_its_settings():
    service = read("compose.yaml")["services"]["ledger"]
    chosen = {name: filled_in(str(each)) for name, each in service["environment"].items()}
    ours = {name: each for name, each in chosen.items() if name.startswith("LEDGER_")}
    assert settings.unknown_variables(ours) == {}
    loaded = settings.load(None, ours, {}).settings
    scraped = (FOLDER / "monitoring/prometheus.yaml").read_text(encoding="utf-8")
    assert f'"ledger:{loaded.metrics_listen.rpartition(":")[2]}"' in scraped
    assert int(service["stop_grace_period"].removesuffix("s")) >= loaded.drain_seconds + 10


def test_no_secret_stands_in_a_file():
    for name in FILES:
        text = (FOLDER / name).read_text(encoding="utf-8")
        for found in re.findall(r"\w*PASSWORD\w*: (\S.*)$", text, re.MULTILINE):
            assert re.match(r"\$\{\w+:\?", found), found


@pytest.mark.parametrize(("name", "service"), services())
def test_what_is_ours_runs_on_a_read_only_root(name, service):
    if service["image"].startswith("docker.io/library/postgres"):
        return  # its first start changes what belongs to whom
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_metrics_and_the_database_are_on_networks_of_their_own():
    whole = read("compose.yaml")
    for network in ("database", "monitoring"):
        assert whole["networks"][network]["internal"]
    for service, each in whole["services"].items():
        published = each.get("ports", ())
        assert service == "ledger" or all(m.startswith("127.0.0.1:") for m in published)
