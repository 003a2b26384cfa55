"""Kills the node that leads a cluster of PostgreSQL under load, and tells what it cost.

make failover, or python -m tests.reliability.failover
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import grpc
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from tests.reliability.failover.cluster import LEASE_SECONDS, Cluster, Node, missing
from tests.reliability.failover.load import Found, Load, Told, compare
from tests.support.processes import Process
from tests.support.wire import NAME, Api

ROOT = Path(__file__).parents[3]
_BEFORE_SECONDS = 5.0
_STALL_SECONDS = 2.0
_AFTER_SECONDS = 5.0
_FOLLOWS_SECONDS = 30.0
_PATIENCE_SECONDS = 4.0 * LEASE_SECONDS


@dataclass(frozen=True)
class Way:
    """How the leader is lost."""

    synchronous: bool
    #: Whether replication has been stalled for two seconds before.
    stalled: bool

    def __str__(self) -> str:
        how = "replication stalled for 2 s, then killed" if self.stalled else "killed"
        return f"{'synchronous' if self.synchronous else 'asynchronous'}, {how}"


WAYS = (Way(True, False), Way(True, True), Way(False, False), Way(False, True))


@dataclass(frozen=True)
class Outcome:
    way: Way
    told: Told
    found: Found
    #: What the operator's check says of the log, and with which exit code.
    check: str
    check_code: int
    #: Why the services hold the ledger read only, if they do.
    problem: str
    old_leader_follows: bool

    @property
    def unexpected(self) -> list[str]:
        """What should not be, in words."""
        wrong = []
        if self.way.synchronous and self.found.lost:
            wrong.append(f"{self.found.lost} acknowledged entries are lost")
        if self.found.lost and not self.problem:
            wrong.append("entries are lost, and the ledger did not notice")
        if self.problem and not self.found.lost:
            wrong.append(f"nothing is lost, and yet: {self.problem}")
        if self.found.doubled:
            wrong.append(f"{self.found.doubled} entries stand twice")
        if self.found.moved and not self.problem:
            wrong.append(f"{self.found.moved} entries stand elsewhere")
        if self.check_code and not self.problem:
            wrong.append(f"the check says: {self.check}")
        if not self.old_leader_follows:
            wrong.append("the old leader does not follow the new one")
        return wrong

    def row(self) -> str:
        after = f"read only: {self.problem}" if self.problem else "trusted, check finds nothing"
        silence = (
            "no more writes" if self.told.refused else f"{self.told.longest_silence():.1f}"
        )
        return (
            f"| {self.way} | {len(self.told.acknowledged):,} | {self.found.lost:,} "
            f"| {silence} | {after} |"
        )


@click.command()
@click.option("--rounds", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option("--only", type=click.Choice(["synchronous", "asynchronous"]))
def main(rounds: int, only: str | None) -> None:
    """Kill the leader under load: four ways, half a minute or more each."""
    if lacking := missing():
        click.echo(f"SKIPPED {lacking}", err=True)
        return
    click.echo("| | acknowledged | lost | seconds without writes | the ledger afterwards |")
    click.echo("|---|---:|---:|---:|---|")
    failed = False
    for _ in range(rounds):
        for way in WAYS:
            if only is None or way.synchronous == (only == "synchronous"):
                outcome = asyncio.run(play(way))
                click.echo(outcome.row())
                for each in outcome.unexpected:
                    click.echo(f"UNEXPECTED {way}: {each}", err=True)
                    failed = True
    sys.exit(failed)


async def play(way: Way) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="failover-"))
    try:
        with (
            Cluster(folder / "cluster", synchronous=way.synchronous) as cluster,
            services(folder, cluster.url) as processes,
        ):
            return await _lose_the_leader(way, cluster, processes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def services(folder: Path, url: str) -> Iterator[list[Process]]:
    """Two services on one database, with the same keys."""
    started: list[Process] = []
    environment = {
        "LEDGER_STORE": url,
        "LEDGER_KEYS_DIR": str(folder / "keys"),
        "LEDGER_DRAIN_SECONDS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "clients/python")]),
    }
    try:
        for name in ("a", "b"):
            (folder / name).mkdir()
            started.append(Process(folder / name, afresh=True, **environment))
        yield started
    finally:
        for each in started:
            each.process.kill()
            each.process.wait()


async def _lose_the_leader(way: Way, cluster: Cluster, processes: list[Process]) -> Outcome:
    addresses = [await asyncio.to_thread(each.address) for each in processes]
    channels = [grpc.aio.insecure_channel(each) for each in addresses]
    apis = [Api(channel) for channel in channels]
    try:
        await apis[0].open_ledger()
        await _until_known(apis[1])
        load = Load(apis)
        await asyncio.sleep(_BEFORE_SECONDS)
        old = await asyncio.to_thread(cluster.wait_for_leader)
        if way.stalled:
            old.stall_replication()
            await asyncio.sleep(_STALL_SECONDS)
        old.lose()
        under_way = 1.0  # some answers are on their way still
        await load.answered_after(time.monotonic() + under_way, _PATIENCE_SECONDS)
        await asyncio.sleep(_AFTER_SECONDS)
        await load.stop()
        cluster.start(old)
        follows = await asyncio.to_thread(_follows, cluster, old)
        found = await compare(apis[0], load.told)
        checked = await asyncio.to_thread(_check, processes[0], cluster.url)
        problem = await _problem(apis[0])
    finally:
        for channel in channels:
            await channel.close()
    said = (checked.stdout + checked.stderr).strip()
    return Outcome(way, load.told, found, said, checked.returncode, problem, follows)


async def _until_known(api: Api) -> None:
    async with asyncio.timeout(20):
        while not await api.served():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def _follows(cluster: Cluster, node: Node) -> bool:
    """Whether the node becomes a replica that has what the leader has."""
    try:
        cluster.wait_for_replicas(2)
    except TimeoutError:
        return False
    head = f"SELECT * FROM ledger_{NAME.replace('-', '_')}.head"
    end = time.monotonic() + _FOLLOWS_SECONDS
    while time.monotonic() < end:
        here, there = (
            cluster.ask_node(each, head) for each in (node, cluster.wait_for_leader())
        )
        if here and here == there and node.says("replica") is not None:
            return True
        time.sleep(0.2)
    return False


def _check(process: Process, url: str) -> subprocess.CompletedProcess[str]:
    folders = ["--data-dir", str(process.folder / "data"), "--store", url]
    folders += ["--keys-dir", str(process.folder.parent / "keys")]
    return subprocess.run(
        [sys.executable, "-m", "ledger_service", "ledger", "check", NAME, *folders],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'clients/python'}"},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


async def _problem(api: Api) -> str:
    told = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    return next((each.text for each in told.problems if each.part == "trust"), "")


if __name__ == "__main__":
    main()
