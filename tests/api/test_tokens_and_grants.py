"""Tokens and grants are listed, added and taken back while the service runs: by the operator at
the Unix socket, and by users with the role of an admin whose connection has a certificate.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import hypothesis
import pytest
from diplomatic_ledger.admin.v1 import access_service_pb2 as pb
from diplomatic_ledger.admin.v1.access_service_pb2_grpc import AccessServiceStub
from diplomatic_ledger.v1 import ledger_service_pb2 as ledgers
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ledger_service.access.access_files import AccessFiles
from ledger_service.access.grants_file import GRANTS_FILE, grant, read_grants, write_grants
from ledger_service.access.kept_file import FileRefused, changing
from ledger_service.access.refusals import TooManyGrants
from ledger_service.access.roles import Grant, Role
from ledger_service.access.tokens import TOKENS_FILE
from ledger_service.observing.tracing import Tracing
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.api.conftest import Clock
from tests.support.access import Access, bearer
from tests.support.wire import NAME, refused

ADMIN, READER = "dn:CN=admin", "dn:CN=reader"
Calling = Callable[..., Any]


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Access:
    made = Access(tmp_path / "access", now=clock.time)
    made.grant(ADMIN, "*", "admin", issuer="certificate")
    made.grant(READER, "*", "reader", issuer="certificate")
    return made


@pytest.fixture
def changes(access: Access, request: pytest.FixtureRequest) -> dict[str, Any]:
    more = getattr(request, "param", {"admin_over_network": True})
    return {**access.settings(clients=True), "admin_socket": Path("s"), **more}


@pytest.fixture
async def calling(
    service: Service, settings: Settings, access: Access
) -> AsyncIterator[Calling]:
    """A stub for who has a certificate, or for the operator at the socket."""
    async with AsyncExitStack() as stack:

        async def channel(name: str = "") -> grpc.aio.Channel:
            if not name:
                made = grpc.aio.insecure_channel(f"unix:{settings.admin_path}")
            else:
                made = grpc.aio.secure_channel(service.address, access.credentials(name))
            return await stack.enter_async_context(made)

        async def stub(name: str = "", kind: Any = AccessServiceStub) -> Any:
            return kind(await channel(name))

        yield stub


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """So many seconds a change waits for another one."""
    seconds = getattr(request, "param", 3_600.0)
    monkeypatch.setattr("ledger_service.access.kept_file.PATIENCE_SECONDS", seconds)


@pytest.fixture
def seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others than the service write is seen by the next call."""
    monkeypatch.setattr("ledger_service.access.kept_file.LOOK_SECONDS", 0.0)


@pytest.fixture
def trail(settings: Settings) -> Callable[[], list[dict[str, Any]]]:
    def told() -> list[dict[str, Any]]:
        text = (settings.data_dir / "trail.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    return told


async def test_a_token_that_an_admin_adds_lets_its_user_in_until_it_is_revoked(
    calling: Calling,
) -> None:
    admin, reader = await calling("admin"), await calling("reader", LedgerServiceStub)
    made = await admin.AddToken(pb.AddTokenRequest(subject="desk", name="The desk", days=30))
    assert made.text.startswith(f"{made.token.prefix}_")
    given = pb.AddGrantRequest(
        issuer="token", subject="desk", ledger=NAME, roles=["ROLE_READER"]
    )
    assert not (await admin.AddGrant(given)).was_there
    assert (await admin.AddGrant(given)).was_there, "again it changes nothing"

    async def who() -> Any:
        return await reader.GetUser(ledgers.GetUserRequest(), metadata=bearer(made.text))

    user = await who()
    assert (user.issuer, user.subject, user.name) == ("token", "desk", "The desk")
    assert [(each.ledger, list(each.roles)) for each in user.rights] == [
        (NAME, [ledgers.ROLE_READER])
    ]
    gone = await admin.RevokeGrants(
        pb.RevokeGrantsRequest(issuer="token", subject="desk", ledger=NAME)
    )
    assert [each.ledger for each in gone.grants] == [NAME]
    assert not (await who()).rights, "at once"
    revoked = await admin.RevokeToken(pb.RevokeTokenRequest(prefix=made.token.prefix))
    assert revoked.token == made.token
    assert (await refused(who())).reason == "NOT_IDENTIFIED", "at once"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What the service traces, which is to be asked for before the service."""
    exporter = InMemorySpanExporter()
    made = Tracing(SimpleSpanProcessor(exporter), 1.0)
    monkeypatch.setattr("ledger_service.service.tracing", lambda _: made)
    return exporter


async def test_the_secret_of_a_token_is_told_once_and_nowhere_else(
    spans: InMemorySpanExporter,
    calling: Calling,
    service: Service,
    settings: Settings,
    access: Access,
    capfd: pytest.CaptureFixture[str],
) -> None:
    admin = await calling("admin")
    made = await admin.AddToken(pb.AddTokenRequest(subject="canary"))
    secret = made.text.removeprefix(f"{made.token.prefix}_")
    listed = await admin.ListTokens(pb.ListTokensRequest())
    assert [each.prefix for each in listed.tokens] == [made.token.prefix]
    for wrong in (made.text, secret):  # what may be a secret is not told back
        refusal = await refused(admin.RevokeToken(pb.RevokeTokenRequest(prefix=wrong)))
        assert refusal.reason == "VALIDATION_FAILED"
        assert secret not in f"{refusal}"
    await admin.RevokeToken(pb.RevokeTokenRequest(prefix=made.token.prefix))
    said = "".join(capfd.readouterr())
    assert "AccessService/AddToken" in said, "the calls are logged"
    assert secret not in said
    await service.stop()
    traced = "".join(each.to_json() for each in spans.get_finished_spans())
    assert "AccessService/AddToken" in traced
    assert secret not in traced
    folders = (settings.data_dir, settings.keys_dir, access.folder)
    files = [each for folder in folders for each in folder.rglob("*") if each.is_file()]
    assert (settings.data_dir / "trail.jsonl") in files
    for each in files:
        assert secret.encode() not in each.read_bytes(), each
    assert secret not in str(listed)


async def test_each_change_is_told_in_the_trail_with_who_made_it(
    calling: Calling, trail: Any
) -> None:
    admin, operator = await calling("admin"), await calling()
    made = await admin.AddToken(pb.AddTokenRequest(subject="desk"))
    given = pb.AddGrantRequest(
        issuer="token",
        subject="desk",
        ledger=NAME,
        roles=["ROLE_RECORDER"],
        parties=["us"],
    )
    await admin.AddGrant(given)
    await admin.AddGrant(given)  # is there already, so that nothing is told
    await operator.RevokeGrants(
        pb.RevokeGrantsRequest(issuer="token", subject="desk", ledger=NAME)
    )
    await operator.RevokeToken(pb.RevokeTokenRequest(prefix=made.token.prefix))
    by, whose = (
        {"issuer": "certificate", "subject": ADMIN},
        {
            "issuer": "token",
            "subject": "desk",
        },
    )
    told = [
        {k: v for k, v in line.items() if k not in ("time", "peer", "call")} for line in trail()
    ]
    assert told == [
        {"event": "token_added", "user": by, "prefix": made.token.prefix, "subject": "desk"},
        {
            "event": "granted",
            "user": by,
            "to": whose,
            "ledger": NAME,
            "roles": ["recorder"],
            "parties": ["us"],
        },
        {"event": "grants_revoked", "user": None, "of": whose, "ledger": NAME},
        {"event": "token_revoked", "user": None, "prefix": made.token.prefix},
    ]


async def test_what_cannot_be_told_is_not_done(
    calling: Calling, settings: Settings, access: Access
) -> None:
    admin = await calling("admin")
    (settings.data_dir / "trail.jsonl").mkdir()
    before = AccessFiles(access.folder).grants()
    given = pb.AddGrantRequest(issuer="token", subject="desk", ledger=NAME, roles=[1])
    for call in (admin.AddToken(pb.AddTokenRequest(subject="desk")), admin.AddGrant(given)):
        assert (await refused(call)).reason == "STORAGE_FAILED"
    assert AccessFiles(access.folder).tokens() == ()
    assert AccessFiles(access.folder).grants() == before


async def test_over_the_network_nobody_changes_what_they_themselves_may_do(
    calling: Calling, access: Access
) -> None:
    admin, operator = await calling("admin"), await calling()
    mine = {"issuer": "certificate", "subject": ADMIN, "ledger": "*"}
    for call in (
        admin.RevokeGrants(pb.RevokeGrantsRequest(**mine)),
        admin.AddGrant(pb.AddGrantRequest(**mine, roles=["ROLE_CLEARED"])),
    ):
        refusal = await refused(call)
        assert refusal.code is grpc.StatusCode.PERMISSION_DENIED
        assert "another admin does, or the operator on the machine" in refusal.text
    gone = await operator.RevokeGrants(pb.RevokeGrantsRequest(**mine))
    assert len(gone.grants) == 1, "at the socket nobody is locked out"
    refusal = await refused(admin.ListTokens(pb.ListTokensRequest()))
    assert refusal.reason == "NOT_PERMITTED"


@pytest.mark.usefixtures("seen_at_once")
@pytest.mark.usefixtures("patience")
async def test_two_admins_do_not_drive_out_one_another_at_once(
    calling: Calling, access: Access
) -> None:
    other = "dn:CN=other"
    access.grant(other, "*", "admin", issuer="certificate")
    stubs = {other: await calling("admin"), ADMIN: await calling("other")}
    for stub in stubs.values():
        await stub.ListTokens(pb.ListTokensRequest())
    with changing(access.folder):  # both are let in, and wait for the files
        calls = [
            asyncio.ensure_future(
                stub.RevokeGrants(
                    pb.RevokeGrantsRequest(issuer="certificate", subject=whom, ledger="*")
                )
            )
            for whom, stub in stubs.items()
        ]
        await asyncio.sleep(0.5)
        assert not any(call.done() for call in calls)
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(each) is pb.RevokeGrantsResponse for each in results].count(True) == 1
    left = [each.subject for each in AccessFiles(access.folder).grants() if each.ledger == "*"]
    assert len({ADMIN, other} & set(left)) == 1


@pytest.mark.parametrize("patience", [0.0], indirect=True)
@pytest.mark.usefixtures("patience")
async def test_no_change_waits_for_ever_so_that_the_service_can_stop(
    calling: Calling, access: Access
) -> None:
    operator = await calling()
    with changing(access.folder):
        refusal = await refused(operator.AddToken(pb.AddTokenRequest(subject="desk")))
    assert refusal.reason == "UNUSABLE_ACCESS_FILE"
    assert "Another program is changing files" in refusal.text
    assert (await operator.AddToken(pb.AddTokenRequest(subject="desk"))).text


@pytest.mark.usefixtures("patience")
async def test_who_holds_up_the_files_holds_up_nothing_else(
    calling: Calling, access: Access
) -> None:
    admin, reader = await calling("admin"), await calling("reader", LedgerServiceStub)
    desk = bearer(access.token("desk"))
    with changing(access.folder):
        waiting = [
            asyncio.ensure_future(admin.AddToken(pb.AddTokenRequest(subject=f"user-{number}")))
            for number in range(50)
        ]
        await asyncio.wait(waiting, timeout=1)
        assert not any(each.done() for each in waiting)
        await reader.GetUser(ledgers.GetUserRequest(), metadata=desk, timeout=30)
        await reader.ListLedgers(ledgers.ListLedgersRequest(), timeout=30)
        assert not any(each.done() for each in waiting)
    made = {(await each).token.subject for each in waiting}
    assert made == {f"user-{number}" for number in range(50)}


@pytest.mark.usefixtures("seen_at_once")
async def test_an_admin_of_one_ledger_grants_there_and_nowhere_else(
    calling: Calling, access: Access
) -> None:
    access.grant("dn:CN=local", NAME, "admin", issuer="certificate")
    local = await calling("local")
    given = {"issuer": "token", "subject": "desk", "roles": ["ROLE_READER"]}
    await local.AddGrant(pb.AddGrantRequest(ledger=NAME, **given))
    for ledger in ("*", "other"):
        refusal = await refused(local.AddGrant(pb.AddGrantRequest(ledger=ledger, **given)))
        assert refusal.reason == "NOT_PERMITTED"
    listed = await local.ListGrants(pb.ListGrantsRequest(ledger=NAME))
    assert [(each.ledger, each.subject) for each in listed.grants] == [
        ("*", ADMIN),
        ("*", READER),
        (NAME, "dn:CN=local"),
        (NAME, "desk"),
    ]


async def test_lists_come_in_pages(calling: Calling, access: Access) -> None:
    operator = await calling()
    for number in range(5):
        access.token(f"user-{number}")
    seen, token = [], ""
    while True:
        page = await operator.ListTokens(pb.ListTokensRequest(page_size=2, page_token=token))
        seen += [each.subject for each in page.tokens]
        token = page.next_page_token
        if not token:
            break
        access.token("user-0")  # what comes meanwhile moves nothing
    assert seen == [f"user-{number}" for number in range(5)]
    grants = await operator.ListGrants(pb.ListGrantsRequest(ledger="*", page_size=1))
    assert (len(grants.grants), bool(grants.next_page_token)) == (1, True)
    wrong = pb.ListGrantsRequest(ledger=NAME, page_token=grants.next_page_token)
    assert (await refused(operator.ListGrants(wrong))).reason == "INVALID_PAGE_TOKEN"


async def test_a_token_lasts_as_many_days_as_were_asked_for(
    calling: Calling, clock: Clock
) -> None:
    operator = await calling()
    made = (await operator.AddToken(pb.AddTokenRequest(subject="desk", days=3))).token
    assert made.expires_at.ToDatetime() - made.made_at.ToDatetime() == timedelta(days=3)
    for_ever = (await operator.AddToken(pb.AddTokenRequest(subject="desk"))).token
    assert not for_ever.HasField("expires_at")


@pytest.mark.parametrize(
    ("request_", "field", "remedy"),
    [
        (pb.AddTokenRequest(subject="news\nroom"), "subject", "Give a text of one line"),
        (pb.AddTokenRequest(subject="ops "), "subject", "'ops ' begins or ends with a blank."),
        (
            pb.AddTokenRequest(subject="o\u200bps"),
            "subject",
            "Character 2 of this text is U+200B",
        ),
        (pb.AddTokenRequest(subject="x" * 501), "subject", "500 bytes at most"),
        (pb.AddTokenRequest(subject="x", name="a\x1bb"), "name", "Give a text of one line"),
        (pb.AddTokenRequest(subject="x", days=3651), "days", "3650 days at most"),
        (
            pb.AddGrantRequest(issuer="token", subject="x", ledger="talks"),
            "roles",
            "Name one role",
        ),
        (
            pb.AddGrantRequest(issuer="token", subject="x", ledger="talks", roles=[1, 99]),
            "roles[1]",
            "99 is no role. Name ROLE_READER",
        ),
        (
            pb.AddGrantRequest(issuer="token", subject="x", ledger="Talks", roles=[1]),
            "ledger",
            "No ledger can be named 'Talks'",
        ),
        (
            pb.AddGrantRequest(
                issuer="token", subject="x", ledger="talks", roles=[1], parties=["us"]
            ),
            "parties",
            "for the role of a recorder only",
        ),
        (
            pb.AddGrantRequest(issuer="token", subject="x\nops", ledger="talks", roles=[1]),
            "subject",
            "is no text of one line",
        ),
        (
            pb.AddGrantRequest(issuer="token", subject="dn:CN=ops ", ledger="talks", roles=[1]),
            "subject",
            "'dn:CN=ops ' begins or ends with a blank. Remove it.",
        ),
        (
            pb.AddGrantRequest(issuer="token", subject="o\u200bps", ledger="talks", roles=[1]),
            "subject",
            "Character 2 of this text is U+200B, a mark that nobody sees, which is not allowed.",
        ),
        (
            pb.AddGrantRequest(issuer="token\u200d", subject="x", ledger="talks", roles=[1]),
            "issuer",
            "Character 6 of this text is U+200D, which nobody sees at an end of a text. Remove",
        ),
        (
            pb.AddGrantRequest(issuer="a\x1bb", subject="x", ledger="talks", roles=[1]),
            "issuer",
            "is no text of one line",
        ),
        (
            pb.AddGrantRequest(
                issuer="token", subject="x", ledger="talks", roles=[2], parties=["a b"]
            ),
            "parties",
            "No party has the id 'a b'",
        ),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    calling: Calling, request_: Any, field: str, remedy: str
) -> None:
    operator = await calling()
    method = type(request_).__name__.removesuffix("Request")
    refusal = await refused(getattr(operator, method)(request_))
    assert refusal.reason == "VALIDATION_FAILED"
    assert remedy in refusal.fields[field]


def granted(ledger: str, number: int) -> Grant:
    return Grant("token", f"user-{number}", ledger, frozenset({Role.READER}))


async def test_a_ledger_has_as_many_grants_as_it_may_and_others_go_on(
    calling: Calling, access: Access, trail: Any
) -> None:
    operator = await calling()
    full = [granted(NAME, number) for number in range(1000)]
    write_grants(access.folder / GRANTS_FILE, full)

    async def add(subject: str, ledger: str) -> Any:
        asked = pb.AddGrantRequest(issuer="token", subject=subject, ledger=ledger, roles=[1])
        return await operator.AddGrant(asked)

    refusal = await refused(add("desk", NAME))
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "LIMIT_REACHED",
    )
    assert refusal.metadata == {"grants": "1000"}
    assert f"There are 1,000 grants in {NAME}, as many as may be" in refusal.text
    assert "Revoke grants that nobody needs" in refusal.text
    assert (await add("user-0", NAME)).was_there, "what is there may be granted again"
    assert not (await add("desk", "other")).was_there
    whose = {"issuer": "token", "subject": "user-0", "ledger": NAME}
    await operator.RevokeGrants(pb.RevokeGrantsRequest(**whose))
    assert not (await add("desk", NAME)).was_there, "there is room again"
    told = [(each["event"], each["ledger"]) for each in trail()]
    assert told == [("granted", "other"), ("grants_revoked", NAME), ("granted", NAME)]


def test_all_ledgers_together_have_as_many_grants_as_they_may(tmp_path: Path) -> None:
    ledgers_ = [f"ledger-{number}" for number in range(10)]
    files = AccessFiles(tmp_path)
    full = [granted(ledger, number) for ledger in ledgers_ for number in range(1000)]
    write_grants(tmp_path / GRANTS_FILE, full)
    with pytest.raises(TooManyGrants, match=re.escape("10,000 grants in this service")):
        files.add_grant(granted("another", 1))
    assert len(files.grants()) == 10_000


async def test_what_is_not_there_cannot_be_taken_back(calling: Calling) -> None:
    operator = await calling()
    refusal = await refused(
        operator.RevokeToken(pb.RevokeTokenRequest(prefix="dlt_0123456789"))
    )
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "TOKEN_NOT_FOUND")
    nothing = pb.RevokeGrantsRequest(issuer="token", subject="desk", ledger=NAME)
    refusal = await refused(operator.RevokeGrants(nothing))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "GRANT_NOT_FOUND")


async def test_a_file_that_is_wrong_is_left_as_it_is(calling: Calling, access: Access) -> None:
    operator = await calling()
    wrong = "[[grant]]\nissuer = "
    (access.folder / GRANTS_FILE).write_text(wrong)
    given = pb.AddGrantRequest(issuer="token", subject="x", ledger=NAME, roles=[1])
    refusal = await refused(operator.AddGrant(given))
    assert (refusal.reason, refusal.code) == (
        "UNUSABLE_ACCESS_FILE",
        grpc.StatusCode.FAILED_PRECONDITION,
    )
    assert "is no TOML" in refusal.text
    assert (access.folder / GRANTS_FILE).read_text() == wrong


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("made_at", "yesterday", "made_at is 'yesterday', which is no date and time"),
        ("made_at", "", "made_at is '', which is no date and time"),
        (
            "made_at",
            "2026-11-30T09:00:00",
            "made_at is '2026-11-30T09:00:00', which is",
        ),
        ("expires_at", "next year", "expires_at is 'next year', which is no date and time"),
        (
            "expires_at",
            "0001-01-01T00:00:00+09:00",
            "expires_at is '0001-01-01T00:00:00+09:00'",
        ),
        ("salt", "pepper", "salt is not written in hexadecimal digits"),
        ("hash", "häsh", "hash is not written in 64 hexadecimal digits"),
    ],
)
async def test_a_file_of_tokens_that_people_made_wrong_is_told_by_entry_and_field(
    calling: Calling, access: Access, field: str, value: str, why: str
) -> None:
    operator = await calling()
    access.token("first")
    access.token("desk")
    path = access.folder / TOKENS_FILE
    kept = json.loads(path.read_text())
    kept[1][field] = value
    path.write_text(json.dumps(kept))
    refusal = await refused(operator.ListTokens(pb.ListTokensRequest()))
    assert refusal.reason == "UNUSABLE_ACCESS_FILE"
    assert refusal.text.startswith(f"{path}: token 2: {why}")
    assert refusal.text.endswith("Correct it.")


@pytest.mark.parametrize("subject", ["\U0001f54a", "für '\"[[grant]]", "x\u00a0x"])
async def test_a_name_in_any_script_leaves_the_file_readable(
    calling: Calling, subject: str
) -> None:
    operator = await calling()
    given = {"issuer": "token", "subject": subject, "ledger": NAME}
    await operator.AddGrant(pb.AddGrantRequest(**given, roles=[1]))
    listed = await operator.ListGrants(pb.ListGrantsRequest(ledger=NAME))
    assert subject in [each.subject for each in listed.grants]
    gone = await operator.RevokeGrants(pb.RevokeGrantsRequest(**given))
    assert [each.subject for each in gone.grants] == [subject]


WORDS = st.text(min_size=1).filter(str.strip)


@hypothesis.given(issuer=WORDS, subject=WORDS, parties=st.frozensets(WORDS))
def test_whatever_is_written_into_the_file_is_read_from_it(
    tmp_path_factory: pytest.TempPathFactory,
    issuer: str,
    subject: str,
    parties: frozenset[str],
) -> None:
    path = tmp_path_factory.mktemp("access") / GRANTS_FILE
    written = Grant(issuer, subject, NAME, frozenset({Role.RECORDER}), parties)
    write_grants(path, [written])
    assert read_grants(path) == (written,)


BY_PEOPLE = """\
# Reviewed by the board.

# The operators, by our own authority.
[[grant]]
issuer = "certificate"  # of the ministry
subject = "dn:CN=ops"
ledger = "*"
roles = [
    "admin",  # keys and erasures
]

# A guest, for this summer.
# Ask before it ends.
[[grant]]
subject = "guest"
issuer = "token"
ledger = "talks"
roles = ["reader"]

# Nobody else."""


def test_what_people_wrote_beside_grants_stays(tmp_path: Path) -> None:
    files, path = AccessFiles(tmp_path), tmp_path / GRANTS_FILE
    path.write_text(BY_PEOPLE)
    path.chmod(0o600)
    made = grant("token", "desk", "talks", ["recorder"])
    files.add_grant(made)
    added = path.read_text()
    assert added.startswith(f"{BY_PEOPLE}\n\n[[grant]]")
    assert [each.subject for each in files.grants()] == ["dn:CN=ops", "guest", "desk"]
    files.revoke_grants("token", "desk", "talks")
    assert path.read_text().rstrip() == BY_PEOPLE
    files.revoke_grants("certificate", "dn:CN=ops", "*")
    before, _, rest = BY_PEOPLE.partition("# The operators")
    assert path.read_text().rstrip() == before + rest[rest.index("# A guest") :]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("[[grant]]\n[other]\n", "there is no 'other' but [[grant]]"),
        ('grant = "x"\n', "is no TOML"),
        ("# \x00\n", "is no TOML"),
        ("[[grant]]\nroles = 3\n", "grant 1: give issuer as a text"),
        ('[[grant]]\nissuer = """\n', "is no TOML"),
    ],
)
def test_a_part_that_was_right_before_hides_nothing_wrong_beside_it(
    tmp_path: Path, wrong: str, why: str
) -> None:
    path = tmp_path / GRANTS_FILE
    there = grant("token", "desk", "talks", ["recorder"])
    write_grants(path, [there])
    assert read_grants(path) == (there,)
    right = path.read_text()
    path.write_text(f"{wrong}{right}")
    with pytest.raises(FileRefused, match=re.escape(why)):
        read_grants(path)
    path.write_text(right)
    assert read_grants(path) == (there,)


@pytest.mark.parametrize(
    "written",
    [
        'grant = [{issuer = "token", subject = "guest", ledger = "talks", roles = ["reader"]}] #',
        '#\n[[grant]]\nissuer = "token"\nledger = "*"\nroles = ["reader"]\nsubject = """\n[[grant]]"""',
        '#\n[["grant"]]\nissuer = "token"\nsubject = "#"\nledger = "*"\nroles = ["reader"]',
    ],
)
def test_grants_are_changed_in_whatever_way_people_wrote_them(
    tmp_path: Path, written: str
) -> None:
    files, path = AccessFiles(tmp_path), tmp_path / GRANTS_FILE
    path.write_text(written)
    path.chmod(0o600)
    (there,) = files.grants()
    made = grant("token", "desk", "talks", ["recorder"])
    files.add_grant(made)
    assert files.grants() == (there, made)
    files.revoke_grants(*there[:3])
    assert files.grants() == (made,)


async def test_calls_and_commands_at_once_lose_nothing(
    calling: Calling, access: Access
) -> None:
    """A command writes through the same lock of the folder, in a process of its own or not."""
    operator, files = await calling(), AccessFiles(access.folder)

    def by_command(number: int) -> None:
        files.add_grant(grant("token", f"command-{number}", NAME, ["reader"]))

    async def by_call(number: int) -> None:
        await operator.AddGrant(
            pb.AddGrantRequest(issuer="token", subject=f"call-{number}", ledger=NAME, roles=[1])
        )

    numbers = range(12)
    await asyncio.gather(
        *(asyncio.to_thread(by_command, each) for each in numbers), *map(by_call, numbers)
    )
    there = {each.subject for each in files.grants()}
    assert {f"{who}-{each}" for who in ("command", "call") for each in numbers} <= there


@pytest.mark.parametrize("changes", [{"admin_over_network": False}], indirect=True)
async def test_without_the_setting_it_is_not_served_over_the_network(calling: Calling) -> None:
    admin, operator = await calling("admin"), await calling()
    refusal = await refused(admin.AddToken(pb.AddTokenRequest(subject="desk")))
    assert refusal.code is grpc.StatusCode.UNIMPLEMENTED
    assert (await operator.AddToken(pb.AddTokenRequest(subject="desk"))).text


@pytest.fixture
async def asking_nobody(tmp_path: Path, clock: Clock) -> AsyncIterator[Any]:
    settings = Settings(
        data_dir=tmp_path / "data", keys_dir=tmp_path / "keys", listen="127.0.0.1:0"
    )
    service = Service(settings, clock)
    await service.start()
    async with grpc.aio.insecure_channel(f"unix:{settings.admin_path}") as channel:
        yield AccessServiceStub(channel)
    await service.stop()


async def test_where_nobody_is_asked_who_calls_there_is_nothing_to_grant(
    asking_nobody: Any,
) -> None:
    refusal = await refused(asking_nobody.AddToken(pb.AddTokenRequest(subject="desk")))
    assert refusal.reason == "UNUSABLE_ACCESS_FILE"
    assert "Start it with the setting access_dir" in refusal.text
