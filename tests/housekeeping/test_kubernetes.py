"""The manifests under deploy/kubernetes: valid, whole, and at one with the program."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from ledger_service import settings
from ledger_service.__main__ import main

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
OVERLAYS = ("sqlite", "postgresql")
#: The oldest and the newest cluster that they are meant for.
VERSIONS = ("1.30", "1.37")
USER, GROUP = map(
    int,
    re.search(
        r"^USER (\d+):(\d+)$", (ROOT / "deploy/Containerfile").read_text(), re.MULTILINE
    ).groups(),
)


@cache
def customized(folder):
    """The objects of a kustomization and of what it builds on, with the file of each."""
    kustomization = read(folder / "kustomization.yaml")[0]
    found = {}
    for name in kustomization["resources"]:
        path = (folder / name).resolve()
        if path.is_dir():
            found |= customized(path)
        else:
            found[path] = read(path)
    return found


def read(path):
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def objects(overlay):
    return [each for found in customized(FOLDER / overlay).values() for each in found]


def the(overlay, *kinds):
    (found,) = (each for each in objects(overlay) if each["kind"] in kinds)
    return found


def workload(overlay):
    return the(overlay, "StatefulSet", "Deployment")


def pod(overlay):
    return workload(overlay)["spec"]["template"]["spec"]


def environment(overlay):
    """What the container of the service gets, but for what comes out of secrets."""
    (made,) = read(FOLDER / overlay / "kustomization.yaml")[0]["configMapGenerator"]
    return dict(each.split("=", 1) for each in made["literals"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_object_has_the_form_that_the_cluster_takes(overlay, version):
    for each in objects(overlay):
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_kustomize_makes_of_them_is_valid_too(overlay):
    if shutil.which("kustomize"):
        build = ["kustomize", "build"]
    elif shutil.which("kubectl"):
        build = ["kubectl", "kustomize"]
    else:
        pytest.skip("there is neither kustomize nor kubectl: only the files are checked")
    made = subprocess.run(
        [*build, str(FOLDER / overlay)], capture_output=True, check=False, text=True, timeout=60
    )
    assert made.returncode == 0, made.stderr
    found = list(yaml.safe_load_all(made.stdout))
    for each in found:
        kubernetes_validate.validate(each, VERSIONS[-1], strict=True)
    (container,) = next(
        each["spec"]["template"]["spec"]["containers"]
        for each in found
        if each["kind"] in ("StatefulSet", "Deployment")
    )
    assert container["image"].startswith("registry.example.org/")
    names = {each["metadata"]["name"] for each in found if each["kind"] == "ConfigMap"}
    assert {each["configMapRef"]["name"] for each in container["envFrom"]} == names


def test_no_file_is_left_out():
    used = {path for overlay in OVERLAYS for path in customized(FOLDER / overlay)}
    there = {path for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert used == there


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_settings_are_ones_with_which_the_service_starts(overlay):
    chosen = environment(overlay)
    assert settings.unknown_variables(chosen) == {}
    loaded = settings.load(None, chosen, {}).settings
    assert loaded.access_dir is not None
    mounts = {each["mountPath"] for each in pod(overlay)["containers"][0]["volumeMounts"]}
    named = [loaded.data_dir, loaded.keys_dir, loaded.tls_key, loaded.tls_certificate]
    if loaded.backup_dir is not None:
        named.append(loaded.backup_dir)
    for path in (*named, loaded.access_dir / "grants.toml"):
        assert {str(each) for each in path.parents} & mounts, f"{path} is on no volume"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_ports_are_those_on_which_the_service_listens(overlay):
    loaded = settings.load(None, environment(overlay), {}).settings
    (container,) = pod(overlay)["containers"]
    ports = {each["name"]: str(each["containerPort"]) for each in container["ports"]}
    listens = {"grpc": loaded.listen, "metrics": loaded.metrics_listen}
    assert ports == {name: each.rpartition(":")[2] for name, each in listens.items()}
    notes = workload(overlay)["spec"]["template"]["metadata"]["annotations"]
    assert notes["prometheus.io/port"] == ports["metrics"]
    policies = [each for each in objects(overlay) if each["kind"] == "NetworkPolicy"]
    opened = {
        port["port"]
        for policy in policies
        for rule in policy["spec"].get("ingress", ())
        for port in rule["ports"]
    }
    assert opened == ports.keys()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_secrets_are_named_and_never_held(overlay):
    assert "Secret" not in {each["kind"] for each in objects(overlay)}
    for each in pod(overlay)["containers"][0].get("env", ()):
        if each["name"] not in ("POD_NAME", "LEDGER_TRAIL_FILE"):
            assert "secretKeyRef" in each["valueFrom"]
    assert not re.search(r"://[^/\s]*:[^/\s]*@", str(environment(overlay)))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_can_do_no_more_than_it_must(overlay):
    spec = pod(overlay)
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] == USER
    assert spec["securityContext"]["fsGroup"] == GROUP
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not spec["automountServiceAccountToken"]
    assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_a_pod_writes_lies_on_a_volume(overlay):
    spec = pod(overlay)
    claimed = workload(overlay)["spec"].get("volumeClaimTemplates", ())
    volumes = {each["name"] for each in spec["volumes"]}
    volumes |= {each["metadata"]["name"] for each in claimed}
    mounted = {each["name"] for each in spec["containers"][0]["volumeMounts"]}
    assert mounted == volumes


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_trail_lies_on_a_volume_that_outlives_the_pod(overlay):
    (container,) = pod(overlay)["containers"]
    own = {each["name"]: each["value"] for each in container.get("env", ()) if "value" in each}
    own = {name: value for name, value in own.items() if name.startswith("LEDGER_")}
    loaded = settings.load(None, environment(overlay) | own, {}).settings
    trail = loaded.data_dir / loaded.trail_file
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    volume = next(mounts[str(each)] for each in trail.parents if str(each) in mounts)
    stay = {each["name"] for each in pod(overlay)["volumes"] if "persistentVolumeClaim" in each}
    claimed = workload(overlay)["spec"].get("volumeClaimTemplates", ())
    assert volume in stay | {each["metadata"]["name"] for each in claimed}
    if workload(overlay)["spec"]["replicas"] > 1:
        assert "$(POD_NAME)" in trail.name, "each pod writes a file of its own"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_probes_ask_the_program_what_it_answers(overlay):
    (container,) = pod(overlay)["containers"]
    for name in ("startupProbe", "livenessProbe"):
        program, command, *flags = container[name]["exec"]["command"]
        assert program == "ledger-service"
        assert flags == ["--alive"], "who cannot serve is not started anew"
        assert set(flags) <= {f for each in main.commands[command].params for f in each.opts}
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": "metrics"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_has_the_time_to_stop_in_good_order(overlay):
    drains = settings.load(None, environment(overlay), {}).settings.drain_seconds
    assert pod(overlay)["terminationGracePeriodSeconds"] >= drains + 10


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_budgets_policies_and_the_service_mean_these_pods(overlay):
    labels = workload(overlay)["spec"]["template"]["metadata"]["labels"]
    selectors = [
        each["spec"].get("podSelector") or each["spec"]["selector"]
        for each in objects(overlay)
        if each["kind"] in ("PodDisruptionBudget", "NetworkPolicy", "Service")
    ]
    assert len(selectors) >= 3
    for each in selectors:
        assert each.get("matchLabels", each) == labels


def test_pods_differ_in_where_they_keep_what_and_in_nothing_else():
    def common(overlay):
        (container,) = pod(overlay)["containers"]
        kept = dict(container)
        for each in ("env", "volumeMounts", "resources"):
            kept.pop(each, None)
        return kept, pod(overlay)["securityContext"]

    assert common("sqlite") == common("postgresql")
