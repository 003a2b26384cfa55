"""Alerts, runbooks and the dashboard: at one with the metrics that there are, and with one
another.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ledger_service.observing.catalog import NAMES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((FOLDER / "grafana/dashboard.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
#: What Prometheus and its library for Python add to ours, with the labels that we use.
OTHERS = {
    "up": ("job",),
    "process_open_fds": ("job",),
    "process_max_fds": ("job",),
    "process_resident_memory_bytes": ("job",),
    "process_cpu_seconds_total": ("job",),
    "process_start_time_seconds": ("job",),
}
#: What a target is known by, and the borders of histograms.
OF_ALL = {"instance", "job", "le"}
_USED = re.compile(r"\b((?:ledger|process)_\w+|up)\b(?:{([^}]*)})?")
_SECTION = re.compile(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def promtool(*arguments):
    program = shutil.which("promtool", path=f"{ROOT / '.cache/tools'}") or shutil.which(
        "promtool"
    )
    if program is None:
        pytest.skip("there is no promtool (deploy/development/install_promtool): not tried")
    return subprocess.run(
        [program, *arguments],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=60,
    )


def unknown(expression):
    """The metrics of an expression that there are not, and labels that they do not have."""
    known = {**NAMES, **OTHERS}
    for name, matchers in _USED.findall(expression):
        metric = name if name in known else re.sub(r"_(bucket|sum|count)$", "", name)
        if metric not in known:
            yield name
            continue
        for label in re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers):
            if label not in OF_ALL | {*known[metric]}:
                yield f"{name}{{{label}}}"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_is_of_metrics_that_there_are_and_says_what_to_do(alert):
    assert [*unknown(alert["expr"])] == []
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"].endswith(".")
    assert alert["annotations"]["runbook"] == f"docs/runbooks.md#{alert['alert'].lower()}"


def test_each_alert_has_its_runbook_and_each_runbook_its_alert():
    text = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
    sections = dict(_SECTION.findall(text))
    assert [*sections] == [alert["alert"] for alert in ALERTS]
    for name, section in sections.items():
        parts = re.findall(r"^\*\*(.*?)\.\*\* \S", section, re.MULTILINE)
        assert parts == ["What it is", "Look at", "Do"], name


def test_metrics_that_a_runbook_names_are_there():
    text = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(ledger_\w+)`", text)) <= NAMES.keys()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_is_of_metrics_that_there_are(panel):
    assert panel["targets"]
    for target in panel["targets"]:
        assert [*unknown(target["expr"])] == []
        assert '{instance=~"$instance"' in target["expr"] or "job=" in target["expr"]
    assert panel["description"]
    assert panel["datasource"]["uid"] == "${source}"


def test_panels_lie_beside_one_another():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_promtool_takes_the_configuration_and_its_rules():
    told = promtool("check", "config", "prometheus.yaml")
    assert told.returncode == 0, told.stdout


def test_promtool_can_read_what_panels_ask(tmp_path):
    asked = {
        target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
        for panel in PANELS
        for target in panel["targets"]
    }
    rules = [{"record": f"panel:{n}", "expr": each} for n, each in enumerate(sorted(asked))]
    path = tmp_path / "panels.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    told = promtool("check", "rules", str(path))
    assert told.returncode == 0, told.stdout


def test_each_alert_is_seen_to_fire():
    tried = yaml.safe_load((FOLDER / "alerts.test.yaml").read_text(encoding="utf-8"))
    cases = [case for each in tried["tests"] for case in each["alert_rule_test"]]
    fired = {case["alertname"] for case in cases if case.get("exp_alerts")}
    assert fired == {alert["alert"] for alert in ALERTS}


def test_alerts_fire_when_they_should_and_not_before():
    told = promtool("test", "rules", "alerts.test.yaml")
    assert told.returncode == 0, told.stdout


def test_what_is_shown_as_a_scrape_job_has_the_name_that_alerts_and_panels_go_by():
    shown = re.findall(
        r"```yaml\n(scrape_configs:.*?)```", (ROOT / "deploy/README.md").read_text(), re.DOTALL
    )
    assert len(shown) == 2
    shown.append((FOLDER / "prometheus.yaml").read_text())
    named = {
        each["job_name"] for text in shown for each in yaml.safe_load(text)["scrape_configs"]
    }
    used = json.dumps(PANELS).replace('\\"', '"') + str(ALERTS)
    assert named == set(re.findall(r'job="(\w+)"', used))
