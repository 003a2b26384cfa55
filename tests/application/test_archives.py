"""Where retired ledgers lie: in the order in which they were retired."""

from datetime import UTC, datetime
from pathlib import Path

from ledger_service.application.retiring import Archive, Retired

NOON = datetime(2018, 6, 12, 12, 0, 0, 5000, tzinfo=UTC)


def test_however_many_are_retired_within_a_second_the_last_one_is_the_last(
    tmp_path: Path,
) -> None:
    (tmp_path / "keys").mkdir()
    retired = Retired(tmp_path / "data", tmp_path / "keys")

    def put(content: str) -> Archive:
        folder = tmp_path / "log"
        folder.mkdir()
        (folder / "content").write_text(content)
        return retired.put("talks", folder, NOON)

    first = put("first")
    put("second")
    retired.take(first, tmp_path / "back")
    put("third")
    told = [(each.log / "content").read_text() for each in retired.of("talks")]
    assert told == ["second", "third"]
