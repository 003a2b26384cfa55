"""An operator has views built anew, and sees how far they are."""

from pathlib import Path

from ledger_service.application.ledger import Ledger
from ledger_service.projections.projector import VERSION
from ledger_service.projections.rebuilding import rebuilt
from ledger_service.projections.views import Views
from tests.support.following import record_parties, rows


async def test_views_are_built_anew_while_they_are_followed(
    ledger: Ledger, folder: Path
) -> None:
    await record_parties(ledger, 1, 20)
    views = Views(ledger, folder)
    views.start()
    await views.reach(ledger.head.position)
    file = folder / f"views-{VERSION}.sqlite"
    before, standing = rows(file), views.standing
    reached = [position async for position in rebuilt(views, ledger.head.position)]
    assert reached[-1] == ledger.head.position
    assert reached == sorted(reached)
    assert rows(file) == before
    assert views.standing is not None
    assert standing is not None
    assert views.standing[0] is not standing[0]
    await record_parties(ledger, 21, 22)
    await views.reach(ledger.head.position)
    await views.stop()


async def test_views_that_nobody_follows_are_built_too(ledger: Ledger, folder: Path) -> None:
    await record_parties(ledger, 1, 5)
    views = Views(ledger, folder)
    reached = [position async for position in rebuilt(views, ledger.head.position)]
    assert reached[-1] == ledger.head.position
    await views.stop()
