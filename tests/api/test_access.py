"""Who recorded what, and what each role may record and see."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger import (
    Credentials,
    Cuts,
    LedgerClient,
    LedgerNotFound,
    NotIdentified,
    NotPermitted,
)
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.access.grants_file import GRANTS_FILE
from ledger_service.access.identifying import Identifying
from ledger_service.access.refusals import NotIdentified as Stranger
from ledger_service.access.refusals import TooManyGuesses
from ledger_service.access.tokens import KeptToken
from ledger_service.access.users import User
from ledger_service.domain.values.commands import Item
from ledger_service.domain.values.entries import ActKind, RelationKind
from ledger_service.domain.values.refusals import LedgerError as LedgerRefusal
from ledger_service.service import Service
from tests.api.conftest import Clock
from tests.support.access import ISSUER, Access
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    a_party,
    a_relation,
    a_report,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
)
from tests.support.ledgerctl_here import Done, ledgerctl
from tests.support.wire import NAME, message

SECRET = "a colonel of the second bureau"

Calling = Callable[[str], AbstractAsyncContextManager[LedgerClient]]


@pytest.fixture(autouse=True)
def _changes_are_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger_service.access.kept_file.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("ledger_service.api.dispatcher._AGAIN_SECONDS", 0.0)


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Access:
    return Access(tmp_path / "access", now=clock.time)


@pytest.fixture
def changes(access: Access) -> dict[str, Any]:
    return access.settings()


@pytest.fixture
def calling(service: Service, access: Access) -> Calling:
    """A client of a user who is known by a token."""

    def client(subject: str) -> LedgerClient:
        token = access.token(subject, name=f"The {subject}")
        credentials = Credentials(token=token, plain_text=True)
        return LedgerClient(service.address, credentials=credentials)

    return client


@pytest.fixture
async def steward(calling: Calling, access: Access) -> LedgerClient:
    """Who opened the ledger, and recorded what others refer to."""
    access.grant("steward", "*", "steward", "recorder")
    client = calling("steward")
    await client.create_ledger(NAME, "Talks", purpose="To test.")
    await record(client, *a_ledgerful())
    return client


async def record(client: LedgerClient, *items: Item, seal: str = "") -> pb.RecordResponse:
    messages = [message(item) for item in items]
    if seal:
        messages[-1].entry.seal.append(seal)
    return await client.record(NAME, messages)


async def authors_of(client: LedgerClient, entry_id: str) -> list[str]:
    return [each.recorded_by for each in (await client.entry(NAME, entry_id)).versions]


async def test_a_record_names_its_author_and_not_the_user(
    steward: LedgerClient, calling: Calling, access: Access, settings: Any
) -> None:
    access.grant("newsroom", NAME, "recorder")
    newsroom = calling("newsroom")
    await record(newsroom, entry("F9", an_act()))
    (theirs,) = await authors_of(newsroom, "F9")
    (ours,) = await authors_of(newsroom, a_ledgerful()[0].entry_id)
    assert theirs != ours
    assert {len(theirs), len(ours)} == {32}
    opened = [each async for each in steward.read_log(NAME, up_to_position=1)]
    assert f'"recordedby":"{ours}"' in str(opened[0])
    names = await newsroom.authors(NAME, [ours, theirs, "local"])
    assert names == {ours: "The steward", theirs: "The newsroom", "local": ""}
    log = settings.data_dir / "ledgers" / NAME / "log.sqlite"
    assert b"newsroom" not in log.read_bytes()
    await newsroom.close()


async def test_a_user_is_told_who_one_is_and_what_one_may_do(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    access.grant("dprk-desk", NAME, "recorder", parties=["dprk"])
    access.grant("dprk-desk", "*", "auditor")
    async with calling("dprk-desk") as client:
        told = await client.user()
        assert (told.issuer, told.subject, told.name) == ("token", "dprk-desk", "The dprk-desk")
        assert told.author == "", "who has not recorded is not registered"
        rights = {each.ledger: (set(each.roles), list(each.parties)) for each in told.rights}
        assert rights == {
            NAME: ({pb.ROLE_RECORDER, pb.ROLE_AUDITOR}, ["dprk"]),
            "*": ({pb.ROLE_AUDITOR}, []),
        }


async def test_a_user_who_is_forgotten_cannot_be_named_any_more_and_the_log_stays(
    steward: LedgerClient, service: Service
) -> None:
    entry_id = a_ledgerful()[0].entry_id
    (author,) = await authors_of(steward, entry_id)
    root = (await steward.ledger(NAME)).root_hash
    path = service._settings.data_dir / "authors.sqlite"
    assert b"The steward" in path.read_bytes()
    assert service._authors.forget(author)
    assert await steward.authors(NAME, [author]) == {author: ""}
    assert b"The steward" not in path.read_bytes()
    assert await authors_of(steward, entry_id) == [author]
    assert (await steward.ledger(NAME)).root_hash == root
    await record(steward, entry("F9", an_act()))
    assert await authors_of(steward, "F9") != [author], "who comes again is another author"


async def test_a_recorder_amends_what_is_ones_own_and_nothing_else(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    access.grant("newsroom", NAME, "recorder")
    async with calling("newsroom") as newsroom:
        await record(newsroom, entry("F9", an_act()))
        await record(newsroom, an_amendment("F9", an_act(title="Anew")))
        await record(newsroom, an_addition("F9", an_evidence(quote="More.")))
        theirs = a_ledgerful()[-1].entry_id
        for item in (
            an_amendment(theirs, a_report()),
            an_addition(theirs, an_evidence(quote="More.")),
        ):
            with pytest.raises(NotPermitted, match="recorded by another user"):
                await record(newsroom, item)
            with pytest.raises(NotPermitted, match="recorded by another user"):
                await newsroom.check(NAME, [message(item)])
        with pytest.raises(NotPermitted, match="Annulling needs the role of steward"):
            await record(newsroom, an_annulment("F9"))
    await record(steward, an_amendment("F9", an_act(title="By the steward")))
    await record(steward, an_annulment("F9"))


async def test_who_may_not_take_back_is_told_before_anything_is_shown_and_asked(
    steward: LedgerClient,
    calling: Calling,
    access: Access,
    service: Service,
    tmp_path: Path,
) -> None:
    access.grant("newsroom", NAME, "recorder")
    async with calling("newsroom") as newsroom:
        await record(newsroom, entry("F9", an_act()))
        await record(newsroom, an_amendment("F9", an_act(title="Anew")))
        first, second = (await newsroom.entry(NAME, "F9")).versions
    token = tmp_path / "token"
    token.write_text(access.token("newsroom", name="The newsroom"))
    token.chmod(0o600)
    (tmp_path / "profiles.toml").write_text(
        f'current = "it"\n[profiles.it]\nserver = "{service.address}"\nplain_text = true\n'
        f'token_file = "{token}"\n'
    )
    environment = {**os.environ, "LEDGERCTL_CONFIG_DIR": str(tmp_path)}

    async def undo(request: str, *more: str) -> Done:
        args = ("undo", request, "-l", NAME, *more)
        return await asyncio.to_thread(ledgerctl, *args, environment=environment)

    await record(steward, an_amendment("F9", an_act(title="By the steward")))
    (theirs,) = (await steward.entry(NAME, "F9")).versions[2:]
    why = ("--reason", "so", "--yes")
    assert "Took back 1 entry" in (await undo(theirs.request_id, *why)).stdout
    assert "Took back 1 entry" in (await undo(second.request_id, *why)).stdout
    done = await undo(first.request_id)
    assert done.returncode == 1
    assert "annulled" not in done.stdout, "nothing is shown"
    assert "to annul F9 needs the role of steward in us-dprk, which The newsroom" in done.stderr
    await record(steward, entry("F10", an_act()))
    await record(steward, an_amendment("F10", an_act(title="Anew")))
    done = await undo((await steward.entry(NAME, "F10")).versions[-1].request_id)
    assert "to amend what another user recorded first (F10) needs" in done.stderr


async def test_an_entry_that_is_there_is_not_made_ones_own_by_recording_it_again(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    access.grant("newsroom", NAME, "recorder")
    await record(steward, entry("F9", an_act()))
    async with calling("newsroom") as newsroom:
        again = [message(entry("F9", an_act())), message(an_amendment("F9", an_act(title="X")))]
        with pytest.raises(NotPermitted, match="recorded by another user"):
            await newsroom.record(NAME, again, if_exists="accept_identical")


async def test_what_verifies_or_refutes_needs_a_verifier_who_records_nothing_else(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    await record(steward, entry("F9", an_act()))
    access.grant("recorder", NAME, "recorder")
    access.grant("verifier", NAME, "verifier")
    checks = {
        kind: an_act(kind=ActKind.ASSESSMENT, relations=(a_relation(kind=kind, target="F9"),))
        for kind in (RelationKind.VERIFIES, RelationKind.REFUTES)
    }
    async with calling("recorder") as recorder, calling("verifier") as verifier:
        for act in checks.values():
            with pytest.raises(NotPermitted, match="needs the role of verifier"):
                await record(recorder, entry("V1", act))
        await record(
            verifier, entry("R9", a_report()), entry("V1", checks[RelationKind.REFUTES])
        )
        fulfils = an_act(
            relations=(
                a_relation(kind=RelationKind.VERIFIES, target="F9"),
                a_relation(kind=RelationKind.CANCELS, target="C1"),
            )
        )
        for state in (an_act(), a_commitment(), a_party(), fulfils):
            with pytest.raises(NotPermitted, match="needs the role of recorder"):
                await record(verifier, entry("X1", state))


async def test_a_recorder_for_a_party_records_what_it_alone_did_or_promised(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    access.grant("desk", NAME, "recorder", parties=["dprk"])
    async with calling("desk") as desk:
        await record(
            desk,
            entry("R9", a_report()),
            entry("F9", an_act(actor="dprk", counterparties=("us",))),
            entry("C9", a_commitment(debtors=("dprk",), creditors=("us",))),
        )
        for state in (
            an_act(actor="us", counterparties=("dprk",)),
            an_act(actor="dprk", co_actors=("us",), counterparties=()),
            an_act(kind=ActKind.MEETING, actor="dprk", counterparties=("us",), joint=True),
            an_act(actor=""),
            a_commitment(debtors=("us",), creditors=("dprk",)),
            a_commitment(debtors=("dprk",), creditors=("us",), made_by=("us",)),
            a_party(),
        ):
            with pytest.raises(NotPermitted, match="alone did or promised: dprk"):
                await record(desk, entry("X1", state))
        with pytest.raises(NotPermitted, match="alone did or promised: dprk"):
            await record(desk, an_amendment("F9", an_act(actor="us", counterparties=("dprk",))))


async def test_a_sealed_text_is_shown_to_who_is_cleared_and_to_who_sealed_it(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    told = an_act(evidence=(an_evidence(attribution=SECRET),))
    access.grant("source-desk", NAME, "recorder")
    access.grant("reader", NAME, "reader")
    access.grant("analyst", NAME, "cleared")
    async with (
        calling("source-desk") as desk,
        calling("reader") as reader,
        calling("analyst") as analyst,
    ):
        await record(desk, entry("F9", told), seal="evidence[0].attribution")
        seen = {
            who: (await client.entry(NAME, "F9")).versions[0].state.act.evidence[0].attribution
            for who, client in (
                ("reader", reader),
                ("desk", desk),
                ("steward", steward),
                ("analyst", analyst),
                ("reader again", reader),
            )
        }
        assert seen == {
            "reader": "",
            "desk": SECRET,
            "steward": "",
            "analyst": SECRET,
            "reader again": "",
        }
        infos = [await each.server_info() for each in (reader, analyst)]
        assert [each.discloses_sealed for each in infos] == [False, True]


async def test_a_sealed_text_that_is_supposed_is_shown_to_who_supposes_it(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    """As it would be if the caller had recorded it, who is known by name."""
    item = message(entry("F9", an_act(title=SECRET)))
    item.entry.seal.append("title")
    access.grant("reader", NAME, "reader")
    async with calling("reader") as reader:
        listing = reader.acts(NAME, Cuts(as_of="2018-12-01", suppose=[item]), entry_ids=["F9"])
        (view,) = [each async for each in listing]
    assert (view.act.title, [each.path for each in view.sealed]) == (SECRET, ["title"])


async def test_who_may_read_nothing_sees_no_ledger_and_no_problem_of_one(
    steward: LedgerClient, calling: Calling, access: Access, service: Service
) -> None:
    access.grant("reader", NAME, "reader")
    service.health.of(NAME).tell("opening", "It is damaged.")
    service.health.of("").tell("a part", "It does not work.")
    async with calling("reader") as reader, calling("stranger") as stranger:
        assert [each.ledger for each in await reader.ledgers().all()] == [NAME]
        assert await stranger.ledgers().all() == []
        told = [
            [each.ledger for each in (await c.server_info()).problems]
            for c in (reader, stranger)
        ]
        assert told == [["", NAME], []]
        with pytest.raises(LedgerNotFound):
            await stranger.ledger(NAME)


async def test_a_grant_that_is_taken_back_holds_at_once_and_ends_a_stream(
    steward: LedgerClient, calling: Calling, access: Access
) -> None:
    access.grant("reader", NAME, "reader")
    async with calling("reader") as reader:
        await reader.ledger(NAME)
        stream = reader.subscribe(NAME)
        await anext(aiter(stream))
        access.take_back_all()
        with pytest.raises(LedgerNotFound):
            async for _ in stream:
                pass
        with pytest.raises(LedgerNotFound):
            await reader.ledger(NAME)


async def test_grants_that_cannot_be_read_are_told_of_and_those_before_hold(
    steward: LedgerClient, access: Access, service: Service
) -> None:
    path = access.folder / GRANTS_FILE
    right = path.read_text()
    path.write_text(right.replace('"steward"]', '"stewart"]'))
    await steward.ledger(NAME)
    (problem,) = (await steward.server_info()).problems
    assert problem.part == "grants"
    assert "there is no role 'stewart'" in problem.text
    path.write_text(right)
    assert not (await steward.server_info()).problems


async def test_files_that_others_may_write_count_as_soon_as_their_mode_is_right(
    steward: LedgerClient, access: Access
) -> None:
    path = access.folder / GRANTS_FILE
    access.grant("reader", NAME, "reader")
    path.write_text(path.read_text().replace('"reader"]', '"auditor"]'))
    path.chmod(0o666)
    (problem,) = (await steward.server_info()).problems
    assert f"chmod go-w {path}" in problem.text
    path.chmod(0o600)
    assert not (await steward.server_info()).problems


async def test_a_folder_in_which_others_may_replace_files_is_not_trusted(
    steward: LedgerClient, access: Access
) -> None:
    access.grant("intruder", NAME, "reader")
    access.folder.chmod(0o777)
    (problem,) = (await steward.server_info()).problems
    assert f"chmod go-w {access.folder}" in problem.text
    access.folder.chmod(0o1777)  # as that of a secret that is mounted
    assert not (await steward.server_info()).problems


async def test_a_folder_to_which_a_file_links_is_trusted_no_more_than_the_access_folder(
    steward: LedgerClient, access: Access, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = access.folder / GRANTS_FILE
    path.rename(folder / GRANTS_FILE)
    path.symlink_to(folder / GRANTS_FILE)
    folder.chmod(0o777)
    (problem,) = (await steward.server_info()).problems
    assert f"Others than its owner may replace {path}." in problem.text
    assert f"chmod go-w {folder}." in problem.text
    folder.chmod(0o755)
    assert not (await steward.server_info()).problems


async def test_a_file_that_cannot_be_looked_at_is_not_taken_for_one_that_is_gone(
    steward: LedgerClient, access: Access
) -> None:
    path = access.folder / GRANTS_FILE
    path.rename(path.with_suffix(".kept"))
    path.symlink_to(path)  # asking for its state is an error, as with a disk that is away
    (problem,) = (await steward.server_info()).problems
    assert f"{path} cannot be read" in problem.text
    await steward.ledger(NAME)
    path.unlink()
    path.with_suffix(".kept").rename(path)
    assert not (await steward.server_info()).problems


async def test_other_tokens_are_made_and_revoked_without_holding_up_those_that_are_right(
    steward: LedgerClient, calling: Calling, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, going_on, hashed = asyncio.Event(), threading.Event(), list[str]()
    loop, fits = asyncio.get_running_loop(), KeptToken.fits

    def slowly(kept: KeptToken, secret: str) -> bool:
        hashed.append(kept.subject)
        loop.call_soon_threadsafe(hashing.set)
        return going_on.wait(20) and fits(kept, secret)

    monkeypatch.setattr(KeptToken, "fits", slowly)
    async with calling("newsroom") as newsroom:
        asking = asyncio.create_task(newsroom.user())
        await hashing.wait()
        access.revoke(access.token("other"))
        await steward.user()
        going_on.set()
        assert (await asking).subject == "newsroom"
    assert hashed == ["newsroom"], "the steward is known, though the file has changed"


async def test_who_guesses_secrets_of_one_token_holds_up_no_other(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, going_on, hashed = asyncio.Event(), threading.Event(), list[str]()
    loop, fits = asyncio.get_running_loop(), KeptToken.fits

    def slowly(kept: KeptToken, secret: str) -> bool:
        hashed.append(kept.subject)
        loop.call_soon_threadsafe(hashing.set)
        return going_on.wait(20) and fits(kept, secret)

    monkeypatch.setattr(KeptToken, "fits", slowly)
    stolen, right = access.token("newsroom"), access.token("desk")
    known = Identifying(access.folder, None, None, lambda: access.now, print)
    guesses = [known.permit(stolen[:-2] + f"{n:02}", None) for n in range(10, 30)]
    guessing = asyncio.gather(*guesses, return_exceptions=True)
    await hashing.wait()
    asking = [asyncio.create_task(known.permit(right, None)) for _ in range(20)]
    await asyncio.sleep(0)
    going_on.set()
    assert {(await each).user for each in asking} == {User("token", "desk", "")}
    assert hashed[:2] == ["newsroom", "desk"]
    await guessing
    assert hashed.count("desk") == 1, "many first calls with one token are one hash"


async def test_who_guesses_many_secrets_of_a_token_is_told_to_wait_and_nobody_else(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, hashed = [0.0], list[str]()
    fits = KeptToken.fits

    def counted(kept: KeptToken, secret: str) -> bool:
        hashed.append(kept.subject)
        return fits(kept, secret)

    monkeypatch.setattr(KeptToken, "fits", counted)
    monkeypatch.setattr("ledger_service.access.identifying.time.monotonic", lambda: now[0])
    right, other = access.token("newsroom"), access.token("desk")
    known = Identifying(access.folder, None, None, lambda: access.now, print)

    async def guess(number: int) -> BaseException:
        with pytest.raises(LedgerRefusal) as refusal:
            await known.permit(f"{right[:-3]}{number:03}", None, "ipv4:10.0.0.1")
        return refusal.value

    kinds = [type(await guess(number)) for number in range(100, 160)]
    assert kinds == [Stranger] * 10 + [TooManyGuesses] * 50
    assert len(hashed) == 10
    assert (await known.permit(other, None, "ipv4:10.0.0.1")).user, "another token"
    assert (await known.permit(right, None, "ipv4:10.0.0.2")).user, "from elsewhere"
    assert (await known.permit(right, None, "ipv4:10.0.0.1")).user, "once it is known"
    now[0] = 1.0
    assert isinstance(await guess(161), Stranger)
    assert isinstance(await guess(162), TooManyGuesses)


async def test_a_json_web_token_is_taken_until_its_key_is_taken_back(
    steward: LedgerClient, service: Service, access: Access
) -> None:
    access.grant("someone", NAME, "reader", issuer=ISSUER)
    other = Access(access.folder / "other", now=access.now)
    token = access.jwt("someone", name="Someone")
    credentials = Credentials(token=token, plain_text=True)
    async with LedgerClient(service.address, credentials=credentials) as client:
        assert (await client.user()).name == "Someone"
        access.write_jwks(other.key.public_key(), "second")
        with pytest.raises(NotIdentified):
            await client.user()
        token = other.jwt("someone", kid="second")
        renewed = client.with_options(metadata={"authorization": f"Bearer {token}"})
        assert (await renewed.user()).subject == "someone"


async def test_the_log_of_the_service_names_users_and_never_a_token(
    steward: LedgerClient, service: Service, capsys: pytest.CaptureFixture[str], access: Access
) -> None:
    text = access.token("canary")
    for token in (text, text[:-3] + "abc", access.jwt("canary"), access.jwt("canary", aud="x")):
        credentials = Credentials(token=token, plain_text=True)
        async with LedgerClient(service.address, credentials=credentials) as client:
            try:
                await client.user()
            except NotIdentified as refusal:
                assert token not in str(refusal)  # noqa: PT017 - some are let in
    said = capsys.readouterr().out
    assert "canary (token)" in said
    for token in (text, text.split("_", 2)[2][:20]):
        assert token not in said


async def test_two_authorizations_are_none(service: Service, access: Access) -> None:
    token = access.token("reader")
    async with grpc.aio.insecure_channel(service.address) as channel:
        call = channel.unary_unary("/diplomatic_ledger.v1.LedgerService/GetUser")
        for metadata in (
            (("authorization", f"Bearer {token}"), ("authorization", f"Bearer {token}")),
            (("authorization", f"Basic {token}"),),
            (("authorization", token),),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(b"", metadata=metadata)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
