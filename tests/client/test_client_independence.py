"""The client needs nothing of the server, and of other packages no more than it says."""

import json
import subprocess
import sys

import diplomatic_ledger
import pytest

SERVER_ONLY = ["ledger_service", "msgspec", "eventsourcing", "structlog"]
#: What the extras `cli` and `verify` bring.
EXTRAS = ["click", "cryptography", "plotext", "rich", "yaml"]


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        # A program that calls the service needs neither a screen nor a key.
        ("diplomatic_ledger, diplomatic_ledger.entry_file", [*SERVER_ONLY, *EXTRAS]),
        ("diplomatic_ledger.cli", SERVER_ONLY),
    ],
)
def test_importing_the_client_imports_nothing_of_the_server(modules, absent):
    script = f"import json, sys, {modules}; print(json.dumps(list(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(absent) & set(json.loads(run.stdout))


def without(absent, script):
    """Runs a script where some packages are not installed."""
    hide = f"import sys; sys.modules.update(dict.fromkeys({absent!r}))"
    return subprocess.run(
        [sys.executable, "-c", f"{hide}\n{script}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_ledgerctl_without_its_extra_says_what_to_install():
    ran = without(EXTRAS, "from diplomatic_ledger.cli import main; main()")
    assert ran.returncode == 1
    assert ran.stderr == (
        "ledgerctl: it needs more packages (click, cryptography, plotext, rich, pyyaml). "
        "Install them with: pip install 'diplomatic-ledger[cli]'\n"
    )


def test_the_server_without_its_extra_says_what_to_install():
    ran = without(EXTRAS, "from ledger_service.__main__ import main; main()")
    assert ran.returncode == 1
    assert ran.stderr.endswith("pip install 'diplomatic-ledger[server]'\n")
    assert "Traceback" not in ran.stderr


def test_the_verifier_without_its_extra_says_what_to_install():
    ran = without(EXTRAS, "import diplomatic_ledger.verify")
    assert "pip install 'diplomatic-ledger[verify]'" in ran.stderr.splitlines()[-1]


def test_yaml_without_its_extra_says_what_to_install_and_json_lines_need_none():
    ran = without(
        EXTRAS,
        "from diplomatic_ledger import entry_file\n"
        'line = \'{"id": "a", "party": {"name": "A", "kind": "state"}}\'\n'
        "print(entry_file.parse(line + chr(10)).items[0].entry.entry_id)\n"
        'try: entry_file.parse("items: []")\n'
        "except entry_file.EntryFileError as error: print(error)",
    )
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[0] == "a"
    assert "pip install 'diplomatic-ledger[cli]'" in ran.stdout


def test_each_name_of_the_package_is_imported_when_it_is_used():
    for name in diplomatic_ledger.__all__:
        assert getattr(diplomatic_ledger, name) is not None
    with pytest.raises(AttributeError):
        _ = diplomatic_ledger.nothing_of_this_name
