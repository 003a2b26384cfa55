"""Makes the amendment by which an entry comes to say what a file says of it now."""

from __future__ import annotations

from diplomatic_ledger.case_file.comparing import Compared
from diplomatic_ledger.case_file.forms import inner_of
from diplomatic_ledger.json_form import seals
from diplomatic_ledger.v1.items_pb2 import RecordItem


def amended(each: Compared, reason: str, report: str = "") -> RecordItem:
    """The amendment of a `changed` entry to what its item says: a correction, or new information
    that a `report` told. It expects the version with which the item was compared. Texts that
    are sealed and known to be the same keep their seals.
    """
    entry = each.item.entry
    item = RecordItem()
    amendment = item.amendment
    amendment.entry_id, amendment.reason = entry.entry_id, reason
    if report:
        amendment.new_information.report = report
    else:
        amendment.correction.SetInParent()
    if each.last is not None:
        amendment.expected_version.exactly = each.last.version
    amendment.state.CopyFrom(entry.state)
    seals.clear(inner_of(amendment.state), each.kept)
    amendment.keep_sealed.extend(each.kept)
    amendment.seal.extend(path for path in entry.seal if path not in each.kept)
    return item
