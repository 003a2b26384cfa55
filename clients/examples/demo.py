"""The main job on real input, in one go: record, replay, weigh, compare, amend, export and
verify.

Starts a service of its own in a temporary folder and leaves nothing behind.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import textwrap
from collections.abc import Iterable
from pathlib import Path

import click
from diplomatic_ledger import Cuts, SyncLedgerClient, words
from diplomatic_ledger.export_folder import ExportFolder
from diplomatic_ledger.exporting import Wanted
from diplomatic_ledger.v1 import balances_pb2, entries_pb2, items_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.verify import Anchor, VerificationKey, verify_bag
from example import ARTICLES, LEDGER, PUBLIC_RECORD, record
from local_service import NotStarted, free_address, local_service

DAYS = ("2018-06-11", "2018-06-21", "2018-07-13", "2018-07-23", "2018-08-18")
SCALES = ("unit", "goldstein-cameo-gdelt", "plover-2.0")
NAMES = {
    "dprk": "North Korea",
    "us": "United States",
    "rok": "South Korea",
    "russia": "Russia",
    "a3-publisher": "A newspaper",
}
DEEDS = {"concession", "fulfilment", "violation", "cancellation"}
WIDTH = 78


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ledger-demo-") as folder,
            local_service(Path(folder), free_address()) as address,
            SyncLedgerClient(address) as client,
        ):
            show(client, address)
            show_export(client, Path(folder))
    except NotStarted as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    say("The service has stopped, and its folder is gone.")


def show(client: SyncLedgerClient, address: str) -> None:
    title("The talks between the United States and North Korea, 2018")
    articles = record(client, ARTICLES)
    amended = record(client, PUBLIC_RECORD)
    say(
        f"A service runs on {address}. Four articles are recorded up to position {articles}, "
        f"what the public record adds to them up to position {amended}."
    )
    show_replays(client)
    show_balance(client)
    show_two_reports(client)
    show_amendments(client, articles, amended)


# What a reader knew on a day ------------------------------------------------


def show_replays(client: SyncLedgerClient) -> None:
    before = Cuts(recorded_by=0)
    for day in DAYS:
        title(f"{day}: what a reader of that day knew")
        reader = Cuts(as_of=day, reported_by=day)
        diff = client.diff(LEDGER, before, reader)
        show_standings(client, reader, {each.entry_id for each in diff.commitments})
        show_changes(diff)
        show_debts(client.balance(LEDGER, "dprk", "us", reader).balance)
        before = reader


def show_standings(client: SyncLedgerClient, cuts: Cuts, changed: set[str]) -> None:
    """What changed in full, the rest in one line."""
    commitments = client.commitments(LEDGER, cuts, view="full").all()
    for each in commitments:
        if each.entry_id in changed:
            show_standing(each)
    same = [
        f"{c.entry_id} {state(c.standing)}" for c in commitments if c.entry_id not in changed
    ]
    if same:
        say(f"As before: {', '.join(same)}", 11)
    if not commitments:
        say("No promise could be read yet.")


def show_standing(each: standings_pb2.CommitmentStanding) -> None:
    terms, where = each.commitment, each.standing
    joint = " and ".join(map(name, where.debtors)) if terms.mutual else ""
    whose = joint or f"{names(where.debtors)} to {names(where.creditors)}"
    click.echo(f"{each.entry_id}  {bold(state(where))}, {whose}")
    say(f"      {terms.consequent}", 6)
    flags = [flag.replace("_", " ") for flag in words.flags(where)]
    say("      " + "; ".join([*map(told, where.conduct), *flags]), 6)


def told(conduct: standings_pb2.Conduct) -> str:
    relation = words.word(entries_pb2.RelationKind.DESCRIPTOR, conduct.relation)
    status = words.word(standings_pb2.EvidenceStatus.DESCRIPTOR, conduct.evidence.status)
    without = "" if conduct.effective else ", without effect"
    return f"{conduct.act} {relation} ({status}{without})"


def show_changes(diff: standing.DiffResponse) -> None:
    fresh = [each for each in diff.entries if not each.HasField("before")]
    telling = [each.entry_id for each in fresh if tells_of_a_deed(each.after)]
    say(
        f"New:    {len(fresh)} entries" + (f", with {', '.join(telling)}" if telling else ""), 8
    )
    moved = [
        f"{each.entry_id} from {state(each.before.standing)} to {state(each.after.standing)}"
        for each in diff.commitments
        if each.HasField("before") and state(each.before.standing) != state(each.after.standing)
    ]
    if moved:
        say(f"Moved:  {', '.join(moved)}", 8)


def tells_of_a_deed(entry: entries_pb2.EntryState) -> bool:
    """Whether it is a promise, or an act that gives, breaks or calls off something."""
    kind = words.word(entries_pb2.ActKind.DESCRIPTOR, entry.act.kind)
    return entry.HasField("commitment") or kind in DEEDS


def show_debts(balance: balances_pb2.Balance) -> None:
    given = (balance.given_ab, balance.given_ba)
    say("Gave:   " + "; ".join(f"{name(g.giver)} {g.count}{ids(g)}" for g in given), indent=8)
    owed = [side for side in (balance.outstanding_ab, balance.outstanding_ba) if owes(side)]
    texts = [f"{name(side.debtor)} {', '.join(owes(side))}" for side in owed]
    say("Owes:   " + ("; ".join(texts) or "nobody, by what could be read"), indent=8)
    behind = balance.steps.next_by_count
    say("Next:   " + (f"{name(behind)}, which gave fewer" if behind else "nobody"), indent=8)


def owes(side: balances_pb2.Outstanding) -> list[str]:
    """Promises that bind now or will, by id."""
    return [*side.active.commitments, *side.contingent.commitments]


# Who gave what ---------------------------------------------------------------


def show_balance(client: SyncLedgerClient) -> None:
    title("2018-08-18: who gave what, under three scales")
    cuts = Cuts(as_of="2018-08-18", reported_by="2018-08-18")
    answers = [client.balance(LEDGER, "dprk", "us", cuts, scale=scale) for scale in SCALES]
    balances = [answer.balance for answer in answers]
    titles = {
        act.entry_id: act.act.title for act in client.acts(LEDGER, cuts, parties=["dprk", "us"])
    }
    row("", *SCALES)
    for side in ("given_ab", "given_ba"):
        given = [getattr(balance, side) for balance in balances]
        row(bold(name(given[0].giver)), *(total.weight for total in given))
        for deliveries in zip(*(each.deliveries for each in given), strict=True):
            entry_id = deliveries[0].weighed_by
            text = textwrap.shorten(f"{entry_id} {titles[entry_id]}", 37, placeholder=" ...")
            row(f"  {text}", *(delivery.weight or "-" for delivery in deliveries))
    attested = client.balance(LEDGER, "dprk", "us", cuts, evidence="attested").balance
    say(
        "Counting only what an article tells without a doubt: "
        f"{attested.given_ab.count} to {attested.given_ba.count}."
    )


def row(text: str, *numbers: str) -> None:
    widths = (6, 23, 12)
    padding = " " * max(0, 39 - len(click.unstyle(text)))
    click.echo(
        text + padding + "".join(n.rjust(w) for n, w in zip(numbers, widths, strict=True))
    )


# One site, two reports -------------------------------------------------------


def show_two_reports(client: SyncLedgerClient) -> None:
    title("The engine test site (F052), in two reports of two days")
    july = Cuts(as_of="2018-07-23", reported_by="2018-07-23")
    august = Cuts(as_of="2018-08-18", reported_by="2018-08-18")
    for day, cuts in (("23 July", july), ("18 August", august)):
        for each in client.acts(LEDGER, cuts, related_to="F052"):
            say(f"{day}: {each.entry_id} {name(each.act.actor)}: {each.act.title}", indent=4)
    diff = client.diff(LEDGER, july, august)
    for change in diff.commitments:
        if change.entry_id == "F052":
            share = change.after.standing.share or "unknown"
            say(
                f"The difference for F052 comes from {', '.join(change.because)}: it is still "
                f"{state(change.after.standing)}, delivered in part, share {share}."
            )


# The third clock -------------------------------------------------------------


def show_amendments(client: SyncLedgerClient, articles: int, amended: int) -> None:
    title("What is recorded later does not change what was answered before")
    day = "2018-08-17"
    say(f"Deliveries as of {day}, from North Korea and from the United States:")
    show_count(client, f"recorded by position {articles}", Cuts(day, recorded_by=articles))
    show_count(client, "with the public record", Cuts(day, recorded_by=amended))
    say('Now the cancelled exercise (F020) is coded anew, from "CONCEDE" to "RETREAT/disarm".')
    recode(client)
    for asked, cuts in (
        ("today", Cuts()),
        (f"--recorded-by {amended}", Cuts(None, None, amended)),
    ):
        answer = client.balance(LEDGER, "dprk", "us", cuts, scale="plover-2.0").balance
        say(f"  {asked}: {answer.given_ab.weight} to {answer.given_ba.weight} on plover-2.0")


def show_count(client: SyncLedgerClient, asked: str, cuts: Cuts) -> None:
    answer = client.balance(LEDGER, "dprk", "us", cuts).balance
    counts = f"{answer.given_ab.count} to {answer.given_ba.count}"
    say(f"  {asked}: {counts}, and {answer.in_doubt} entries in doubt")


def recode(client: SyncLedgerClient) -> None:
    versions = client.entry(LEDGER, "F020").versions
    change = items_pb2.Amendment(
        entry_id="F020",
        reason="A cancelled exercise is a step back, not a word.",
        correction=items_pb2.Correction(),
        state=versions[-1].state,
    )
    change.expected_version.exactly = versions[-1].version
    change.state.act.code.plover.type, change.state.act.code.plover.mode = "RETREAT", "disarm"
    client.record(LEDGER, [items_pb2.RecordItem(amendment=change)])


# An export for people who do not trust us ------------------------------------


def show_export(client: SyncLedgerClient, folder: Path) -> None:
    title("Whoever has the key of the ledger can verify it without us")
    key = VerificationKey.parse(client.ledger(LEDGER).verification_key)
    target = ExportFolder(folder / "export", LEDGER, Wanted())
    for frame in client.export(LEDGER):
        target.take(frame)
    target.finish()
    say("The ledger is exported, and verified offline:")
    show_report(target.folder, key)
    say("In a copy of the export one digit of the returned remains (F015) is changed:")
    copy = shutil.copytree(target.folder, folder / "copy")
    change_a_digit(copy / "data/records/000000001.jsonl", "F015")
    show_report(copy, key)


def show_report(folder: Path, key: VerificationKey) -> None:
    for line in verify_bag(folder, Anchor(keys=(key,))).lines():
        say(f"  {line}", indent=4)


def change_a_digit(records: Path, entry: str) -> None:
    lines = records.read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if f'"subject":"{entry}"'.encode() in line)
    lines[at] = lines[at].replace(b'"value":"55"', b'"value":"56"')
    records.write_bytes(b"".join(lines))


# Words -----------------------------------------------------------------------


def title(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)
    click.echo("-" * len(text))


def say(text: str, indent: int = 0) -> None:
    lead = " " * (len(text) - len(text.lstrip()))
    rest = " " * indent
    click.echo(textwrap.fill(text.strip(), WIDTH, initial_indent=lead, subsequent_indent=rest))


def bold(text: str) -> str:
    return click.style(text, bold=True)


def state(where: standings_pb2.Standing) -> str:
    return words.word(standings_pb2.Lifecycle.DESCRIPTOR, where.lifecycle) or "not there"


def name(party: str) -> str:
    return NAMES.get(party, party)


def names(parties: Iterable[str]) -> str:
    return ", ".join(map(name, parties))


def ids(given: balances_pb2.Given) -> str:
    told = [entry_id for delivery in given.deliveries for entry_id in delivery.entry_ids]
    return f" ({', '.join(told)})" if told else ""


if __name__ == "__main__":
    main()
