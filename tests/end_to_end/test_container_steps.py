"""The steps of the Containerfile, carried out in empty folders, since the tests have no
container engine.
"""

import re
import signal
import time
from pathlib import Path

import pytest

from tests.support.container_steps import Image
from tests.support.own_address import own_address

ROOT = Path(__file__).parents[2]
INSTALL_SECONDS = 1_200
START_SECONDS = 60
STOP_SECONDS = 30


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    image = Image(tmp_path_factory.mktemp("image"), ROOT, INSTALL_SECONDS)
    image.build(ROOT / "deploy/Containerfile")
    return image


@pytest.fixture
def started(image):
    """Starts commands in the image, and sees to it that each ends in good order."""
    processes = []

    def start(command, **environment):
        processes.append(image.start(command, **environment))
        return processes[-1]

    yield start
    for process in processes:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(STOP_SECONDS) == 0
        finally:
            process.kill()
            process.wait()


def becomes_healthy(image, **environment):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if image.run(image.check, **environment).returncode == 0:
            return True
        time.sleep(0.5)
    return False


def test_the_image_serves_over_tls_to_whom_it_knows_and_writes_nothing_but_its_volume(
    image, started
):
    volume = image.root / "var/lib/ledger"
    settings = {
        "LEDGER_LISTEN": own_address(),
        "LEDGER_TLS_CERTIFICATE": str(volume / "tls/server.pem"),
        "LEDGER_TLS_KEY": str(volume / "tls/server.key"),
        "LEDGER_ACCESS_DIR": str(volume / "access"),
        "LEDGER_KEYS_DIR": f"{volume}-keys/keys",
        "LEDGER_BACKUP_DIR": f"{volume}-backups/ledgers",
    }
    before = image.held()
    made = [
        ["ledger-service", "tls", "init", str(volume / "tls"), "--host", "127.0.0.1"],
        ["ledger-service", "token", "add", "newsroom", "--name", "The newsroom"],
        ["ledger-service", "grant", "add", "newsroom", "--ledger", "*", "--role", "steward"],
    ]
    told = [image.run(command, **settings) for command in made]
    assert [each.returncode for each in told] == [0, 0, 0], told
    token = volume / "newsroom.token"
    token.write_text(re.search(r"dlt_\w+_[\w-]+", told[1].stdout)[0], encoding="utf-8")
    token.chmod(0o600)

    assert image.run(image.check, **settings).returncode != 0, "nothing runs yet"
    started(image.command, **settings)
    assert becomes_healthy(image, **settings)
    who = ["--ca", str(volume / "tls/ca.pem"), "--token-file", str(token)]
    login = ["ledgerctl", "login", "here", "--server", settings["LEDGER_LISTEN"], *who]
    home = {"LEDGERCTL_CONFIG_DIR": str(volume / "profiles")}
    assert image.run(login, **home).returncode == 0
    create = ["ledgerctl", "ledgers", "create", "talks", "--title", "Talks"]
    created = image.run(create, **home)
    assert created.returncode == 0, created
    assert Path(f"{volume}-keys/keys/talks.key").exists()
    assert image.held() == before


def test_its_check_finds_a_service_that_was_started_with_flags(image, started):
    data = image.root / "var/lib/ledger/elsewhere"
    flags = [f"--data-dir={data}", "--admin-socket=door", f"--listen={own_address()}"]
    assert image.run(image.check).returncode == 1, "nothing runs yet"
    started([*image.command, *flags])
    assert becomes_healthy(image)


def test_the_image_serves_the_example(image, started):
    address = own_address()
    command = ["python", "clients/examples/serve_example.py"]
    started(command, LEDGER_EXAMPLE_LISTEN=address)
    assert becomes_healthy(image)
    balance = ["ledgerctl", "--ledger", "us-dprk-2018", "balance", "dprk", "us"]
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        told = image.run([*balance, "--as-of", "2018-08-18"], LEDGERCTL_SERVER=address)
        if "8 deliveries" in told.stdout:
            return
        time.sleep(0.2)
    pytest.fail(f"no balance: {told}")


def test_the_image_names_its_user_by_number_and_has_nothing_that_installs(image):
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.user)
    found = image.run(["python", "-c", "import importlib.util as u; print(u.find_spec('pip'))"])
    assert found.stdout.strip() == "None"
