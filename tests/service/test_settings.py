"""Settings: where they come from, and how wrong ones are refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ledger_service import settings
from ledger_service.__main__ import main


def loaded(
    file: Path | None = None, environment: dict[str, str] | None = None, **flags: object
) -> settings.Loaded:
    return settings.load(file, environment or {}, flags)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.toml"
    path.write_text('listen = "127.0.0.1:1"\nreflection = true\ndrain_seconds = 5\n')
    return path


def test_without_anything_the_defaults_hold() -> None:
    found = loaded()
    assert found.settings == settings.Settings()
    assert set(found.origins.values()) == {"default"}


def test_a_flag_goes_before_the_environment_and_that_before_the_file(file: Path) -> None:
    environment = {"LEDGER_LISTEN": "127.0.0.1:2", "LEDGER_DRAIN_SECONDS": "6"}
    found = loaded(file, environment, listen="127.0.0.1:3", drain_seconds=None)
    assert found.settings.listen == "127.0.0.1:3"
    assert found.settings.drain_seconds == 6
    assert found.settings.reflection is True
    assert found.origins["listen"] == "flag --listen"
    assert found.origins["drain_seconds"] == "environment LEDGER_DRAIN_SECONDS"
    assert found.origins["reflection"] == f"file {file}"
    assert found.origins["data_dir"] == "default"


def test_the_environment_may_name_the_file(file: Path) -> None:
    assert loaded(None, {"LEDGER_CONFIG": str(file)}).settings.listen == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("listen", "50551", "HOST:PORT"),
        ("listen", "127.0.0.1:99999", "HOST:PORT"),
        ("listen", "0.0.0.0:50551", "only loopback addresses"),
        ("listen", "192.168.1.7:50551", "only loopback addresses"),
        ("listen", "example.org:50551", "only loopback addresses"),
        ("reflection", "maybe", "true or false"),
        ("log_format", "xml", "auto, json, human"),
        ("log_level", "loud", "debug, info"),
        ("drain_seconds", "soon", "a number from 0 to 600"),
        ("drain_seconds", "-1", "a number from 0 to 600"),
        ("drain_seconds", "nan", "a number from 0 to 600"),
        ("read_threads", "1.5", "a whole number from 1 to 64"),
        ("read_threads", "0", "a whole number from 1 to 64"),
        ("origin_base", "https://ledger.example", "without scheme"),
        ("data_dir", " ", "path of a folder"),
    ],
)
def test_a_wrong_value_is_refused_with_its_remedy(name: str, value: str, remedy: str) -> None:
    with pytest.raises(settings.SettingsRefused) as refusal:
        loaded(None, {f"LEDGER_{name.upper()}": value})
    (sentence,) = refusal.value.problems
    assert sentence.startswith(f"environment LEDGER_{name.upper()}: {name} is {value!r}; ")
    assert remedy in sentence


@pytest.mark.parametrize(
    "listen", ["127.0.0.1:0", "[::1]:50551", "localhost:50551", "127.9.9.9:1"]
)
def test_loopback_addresses_are_taken(listen: str) -> None:
    assert loaded(listen=listen).settings.listen == listen


@pytest.mark.parametrize("name", ["data_dir", "keys_dir", "access_dir", "backup_dir"])
def test_a_file_is_no_folder(name: str, tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.touch()
    with pytest.raises(settings.SettingsRefused) as refused:
        loaded(**{name: str(path)})
    (problem,) = refused.value.problems
    assert name in problem
    assert str(path) in problem
    assert "there is a file of this name" in problem


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "ledger.toml"
    file.write_text('lisen = "127.0.0.1:1"\nread_threads = true\n')
    with pytest.raises(settings.SettingsRefused) as refusal:
        loaded(file, {"LEDGER_LOG_LEVEL": "loud"}, reflection="maybe")
    assert len(refusal.value.problems) == 4
    assert any("there is no setting 'lisen'" in each for each in refusal.value.problems)


def test_variables_that_are_no_setting_are_known_with_the_nearest_one() -> None:
    environment = {
        "LEDGER_LISEN": "127.0.0.1:1",
        "LEDGER_DATADIR": "/tmp",
        "LEDGER_LISTEN": "127.0.0.1:1",
        "LEDGER_CONFIG": "ledger.toml",
        "LEDGER_EXAMPLE_DIR": "/tmp",
        "LEDGERCTL_SERVER": "127.0.0.1:1",
        "PATH": "/bin",
    }
    assert settings.unknown_variables(environment) == {
        "LEDGER_DATADIR": "LEDGER_DATA_DIR",
        "LEDGER_LISEN": "LEDGER_LISTEN",
    }


def test_they_are_warned_about_in_one_line_and_not_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing(*_: object) -> None:
        """Stands for a service that ends at once."""

    monkeypatch.setattr("ledger_service.service.run", nothing)
    answer = run("serve", LEDGER_LISEN="x", LEDGER_DATADIR="y", LEDGER_LOG_FORMAT="json")
    assert answer.exit_code == 0
    (line,) = answer.stderr.splitlines()
    assert json.loads(line)["level"] == "warning"
    assert "LEDGER_LISEN (did you mean LEDGER_LISTEN?)" in line
    assert "LEDGER_DATADIR (did you mean LEDGER_DATA_DIR?)" in line


@pytest.mark.parametrize("text", ["listen = ", None])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "ledger.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(settings.SettingsRefused, match=r"ledger\.toml"):
        loaded(file)


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(main, list(arguments), env=environment)


def test_settings_prints_each_value_with_its_origin(file: Path) -> None:
    answer = run("settings", "--config", str(file), "--read-threads", "3")
    assert answer.exit_code == 0
    assert f'listen = "127.0.0.1:1"  (file {file})' in answer.output
    assert "read_threads = 3  (flag --read-threads)" in answer.output
    assert settings.MEANINGS["listen"] in answer.output


def test_settings_as_json() -> None:
    rows = json.loads(run("settings", "--format", "json", LEDGER_REFLECTION="yes").output)
    assert [row["name"] for row in rows] == list(settings.NAMES)
    assert {"name", "value", "origin", "meaning"} == set(rows[0])
    reflection = next(row for row in rows if row["name"] == "reflection")
    assert reflection["value"] is True
    assert reflection["origin"] == "environment LEDGER_REFLECTION"


@pytest.mark.parametrize("command", ["serve", "settings"])
def test_wrong_settings_end_the_command_with_a_plain_sentence(command: str) -> None:
    answer = run(command, "--listen", "0.0.0.0:1")
    assert answer.exit_code == 2
    assert "only loopback addresses are accepted" in answer.output
    assert "Traceback" not in answer.output


@pytest.mark.parametrize("command", [(), ("serve",), ("settings",)])
def test_help_shows_examples(command: tuple[str, ...]) -> None:
    answer = run(*command, "--help")
    assert answer.exit_code == 0
    assert "Examples:\n" in answer.output


@pytest.mark.parametrize("group", [(), ("key",), ("ledger",)])
def test_no_summary_of_a_command_is_cut_on_a_narrow_terminal(group: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(main, [*group, "--help"], terminal_width=60)
    summaries = answer.output.partition("Commands:\n")[2]
    assert summaries
    assert "..." not in summaries
    assert all(len(line) <= 60 for line in summaries.splitlines())


def test_help_tells_what_each_setting_means() -> None:
    said = " ".join(run("serve", "--help").output.split())
    for meaning in settings.MEANINGS.values():
        assert meaning in said


def test_the_version_is_told() -> None:
    from ledger_service import __version__

    assert __version__ in run("--version").output


def test_without_the_server_packages_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledger_service.operating.options.find_spec", lambda _: None)
    answer = run("serve")
    assert answer.exit_code == 2
    assert "pip install 'diplomatic-ledger[server]'" in answer.output


@pytest.mark.parametrize(
    ("given", "value"),
    [(["--read-only"], True), (["--read-only", "false"], False), (["--read-only=true"], True)],
)
def test_a_switch_may_stand_alone(given: list[str], value: bool) -> None:
    done = CliRunner().invoke(main, ["settings", *given, "--format", "json"])
    assert done.exit_code == 0, done.output
    (row,) = (each for each in json.loads(done.output) if each["name"] == "read_only")
    assert (row["value"], row["origin"]) == (value, "flag --read-only")


def test_help_shows_the_words_that_may_be_given() -> None:
    text = CliRunner().invoke(main, ["serve", "--help"]).output
    for shown in (
        "--read-only [true|false]",
        "--log-format auto|json|human",
        "--log-level debug|info|warning|error",
        "--listen HOST:PORT",
        "--store sqlite|URL",
    ):
        assert shown in text
    assert "VALUE" not in text


@pytest.mark.parametrize("name", ["log_format", "log_level"])
def test_the_words_that_help_shows_are_those_that_are_taken(name: str) -> None:
    for word in settings.FORMS[name].split("|"):
        assert getattr(loaded(**{name: word}).settings, name) == word


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"listen": "0.0.0.0:1", "access_dir": "a"}, "ledger-service tls init"),
        ({"listen": "0.0.0.0:1", "tls_certificate": "a", "tls_key": "b"}, "access_dir"),
        ({"tls_certificate": "a"}, "tls_certificate is given without tls_key"),
        ({"tls_client_ca": "a"}, "tls_client_ca is given without tls_certificate"),
        ({"tls_revoked": "a"}, "tls_revoked is given without tls_client_ca"),
        ({"jwt_keys": "a", "access_dir": "b"}, "jwt_keys is given without jwt_audience"),
        ({"admin_over_network": "true"}, "admin_over_network is given without tls_client_ca"),
        ({"access_dir": "a", "disclose_sealed": "true"}, "the role of cleared"),
        ({"jwt_issuer": "certificate"}, "by which grants name who has something else"),
        ({"jwt_algorithms": "HS256"}, "'HS256' is none of those with public keys"),
        ({"jwt_algorithms": "none"}, "'none' is none of those with public keys"),
        ({"jwt_keys": "http://login.example.org/jwks"}, "begins with https://"),
    ],
)
def test_settings_of_access_that_do_not_go_together_are_refused(
    given: dict[str, str], told: str
) -> None:
    with pytest.raises(settings.SettingsRefused) as refusal:
        loaded(None, {f"LEDGER_{name.upper()}": value for name, value in given.items()})
    assert told in "\n".join(refusal.value.problems)


def test_with_tls_and_access_control_any_address_is_taken() -> None:
    given = {
        "listen": "0.0.0.0:50551",
        "tls_certificate": "a",
        "tls_key": "b",
        "access_dir": "c",
    }
    assert loaded(None, {}, **given).settings.listen == "0.0.0.0:50551"
