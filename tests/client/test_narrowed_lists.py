"""What a caller says that lists are narrowed by, as it goes over the wire."""

from __future__ import annotations

from datetime import date

import pytest
from diplomatic_ledger import InvalidArgument, act_filter, commitment_filter, instrument_filter
from diplomatic_ledger.filters import (
    ActFields,
    CommitmentFields,
    InstrumentFields,
    PartyFields,
    ReportFields,
    party_filter,
    report_filter,
)
from diplomatic_ledger.v1 import entries_pb2, standings_pb2
from diplomatic_ledger.v1 import filters_pb2 as pb


def test_every_field_of_a_filter_has_a_keyword() -> None:
    for fields, message in (
        (CommitmentFields, pb.CommitmentFilter),
        (ActFields, pb.ActFilter),
        (InstrumentFields, pb.InstrumentFilter),
        (PartyFields, pb.PartyFilter),
        (ReportFields, pb.ReportFilter),
    ):
        assert set(fields.__annotations__) == {each.name for each in message.DESCRIPTOR.fields}


def test_words_stand_for_numbers() -> None:
    found = commitment_filter(
        lifecycles=["active"], flags=["overdue"], evidence_statuses=["attested", "verified"]
    )
    assert found == pb.CommitmentFilter(
        lifecycles=[standings_pb2.LIFECYCLE_ACTIVE],
        flags=[standings_pb2.STANDING_FLAG_OVERDUE],
        evidence_statuses=[
            standings_pb2.EVIDENCE_STATUS_ATTESTED,
            standings_pb2.EVIDENCE_STATUS_VERIFIED,
        ],
    )
    with pytest.raises(InvalidArgument, match="'overdu' is not a"):
        commitment_filter(flags=["overdu"])
    assert instrument_filter(kinds=["treaty"]).kinds == [1]


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        ("2018-06-12", "2018-06-12", "2018-06-12"),
        ("2018-06", "2018-06-01", "2018-06-30"),
        ("2018", "2018-01-01", "2018-12-31"),
        ("2018-06-12/2018-06-20", "2018-06-12", "2018-06-20"),
        ("../2018-06-20", "", "2018-06-20"),
        (date(2018, 6, 12), "2018-06-12", "2018-06-12"),
        (("2018-06-12", None), "2018-06-12", ""),
        ((None, date(2018, 6, 20)), "", "2018-06-20"),
    ],
)
def test_days_are_a_day_an_interval_or_its_ends(days: object, first: str, last: str) -> None:
    found = act_filter(occurred=days)  # type: ignore[typeddict-item]
    assert (found.occurred.from_day, found.occurred.to_day) == (first, last)


def test_no_days_are_no_range() -> None:
    assert not act_filter(occurred=None).HasField("occurred")


def test_a_day_or_a_code_that_is_none_is_refused_before_it_is_sent() -> None:
    with pytest.raises(InvalidArgument, match="not in the calendar"):
        act_filter(reported="2018-13")
    with pytest.raises(InvalidArgument, match="'05' is no code"):
        act_filter(codes=["05"])


def test_parties_and_reports_are_narrowed_in_the_same_words() -> None:
    found = party_filter(kinds=["state"], codes=["iso3:P", "cow"], recorded="2018")
    assert found == pb.PartyFilter(
        kinds=[entries_pb2.PARTY_KIND_STATE],
        codes=[
            pb.PartyCodePrefix(scheme="iso3", prefix="P"),
            pb.PartyCodePrefix(scheme="cow"),
        ],
        recorded=pb.DayRange(from_day="2018-01-01", to_day="2018-12-31"),
    )
    june = pb.DayRange(from_day="2018-06-01", to_day="2018-06-30")
    assert report_filter(published="2018-06") == pb.ReportFilter(published=june)
    with pytest.raises(InvalidArgument, match="'stat' is not a"):
        party_filter(kinds=["stat"])


def test_a_keyword_that_there_is_not_is_no_filter() -> None:
    with pytest.raises(TypeError, match="no field 'parties'"):
        report_filter(parties=["us"])  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no field 'partys'"):
        act_filter(partys=["us"])  # type: ignore[call-arg]
