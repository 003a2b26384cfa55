"""Large recordings are cut where no item needs a later one."""

import pytest
from diplomatic_ledger import TooLarge, json_form
from diplomatic_ledger.batches import Batch, Limits, batches, request_id, said_once
from diplomatic_ledger.mentions import look
from hypothesis import given, settings
from hypothesis import strategies as st


def party(name: str, **more: list[str]):
    return json_form.read_item({"id": name, "party": {"name": name, "kind": "state", **more}})


def act(name: str, *targets: str):
    relations = [{"kind": "refers_to", "target": target} for target in targets]
    return json_form.read_item({"id": name, "act": {"kind": "claim", "relations": relations}})


def sizes(items, limits: Limits) -> list[int]:
    return [len(batch.items) for batch in batches(items, limits)]


def test_what_fits_is_one_request():
    assert sizes([party(f"p{n}") for n in range(1000)], Limits()) == [1000]
    assert sizes([], Limits()) == []


def test_what_does_not_fit_is_cut_into_usual_requests():
    assert sizes([party(f"p{n}") for n in range(2001)], Limits()) == [1000, 1000, 1]


def test_items_stay_with_those_that_they_refer_to():
    items = [act("a", "d"), act("b"), act("c"), act("d"), act("e"), act("f", "a")]
    assert sizes(items, Limits(items=4, usual_items=2)) == [4, 2]


def test_items_that_belong_together_and_do_not_fit_are_refused():
    items = [act("a", "d"), act("b"), act("c"), act("d")]
    with pytest.raises(TooLarge, match=r"items\[0\]"):
        sizes(items, Limits(items=3, usual_items=2))


def test_what_is_said_again_is_nothing_that_others_wait_for():
    again = [act("a"), *(act(f"b{n}", "a") for n in range(5)), act("a"), act("c", "a")]
    assert sizes(again, Limits(items=3, usual_items=2)) == [2, 2, 2, 2]


def test_bytes_count_too():
    items = [party("x" * 1000 + str(n)) for n in range(10)]
    assert max(sizes(items, Limits(message_bytes=4096 + 5000))) == 2


def test_members_of_long_lists_count_too():
    names = [str(number) for number in range(10)]
    items = [party(f"p{n}", aliases=names) for n in range(10)]
    assert sizes(items, Limits(list_members=100)) == [10]
    assert sizes(items, Limits(list_members=99)) == [9, 1]
    short = [party(f"p{n}", aliases=names[:8]) for n in range(10)]
    assert sizes(short, Limits(list_members=9)) == [10]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 30), max_size=30), st.integers(1, 8))
def test_no_item_is_lost_and_no_reference_points_forward(targets, usual):
    items = [act(f"n{n}", f"n{target}") for n, target in enumerate(targets)]
    cut = list(batches(items, Limits(items=len(items) or 1, usual_items=usual)))
    assert [item for batch in cut for item in batch.items] == items


def test_a_request_id_follows_from_ledger_and_content():
    one, other = [party("us")], [party("dprk")]
    assert request_id("talks", one) == request_id("talks", [party("us")])
    assert request_id("talks", one) != request_id("talks", other)
    assert request_id("talks", one) != request_id("other", one)
    assert request_id("talks", one + other) != request_id("talks", other + one)
    assert request_id("talks", one) != request_id("talks", one, "accept_identical")


def test_a_request_id_tells_items_apart_however_they_are_joined():
    whole, parts = [party("us")], [party("u"), party("s")]
    assert request_id("talks", whole) != request_id("talks", parts)


def test_only_as_many_items_are_drawn_as_two_requests_may_have():
    drawn = 0

    def endless():
        nonlocal drawn
        while True:
            drawn += 1
            yield party(f"p{drawn}")

    cut = batches(endless(), Limits())
    for _ in range(3):
        assert len(next(cut).items) == 1000
    assert drawn <= 2000 + 3 * 1000


def test_few_large_items_are_drawn_ahead():
    drawn = 0

    def large():
        nonlocal drawn
        while True:
            drawn += 1
            yield party("x" * 200_000 + str(drawn))

    assert len(next(batches(large(), Limits())).items) == 2
    assert drawn < 60


def test_items_stay_with_one_that_stands_behind_the_usual_request():
    items = [party(f"p{n}") for n in range(1200)]
    items[450] = act("early", "late")
    items[1300:] = [act("late")]
    assert sizes(items, Limits()) == [450, 751]


def pair(*items):
    return [Batch(tuple(map(look, each))) for each in items]


def test_requests_are_apart_when_neither_names_what_the_other_makes_or_changes():
    one, other = pair([party("us"), act("a", "dprk")], [act("b", "dprk", "roc")])
    assert one.is_apart_from(other)
    assert other.is_apart_from(one)


@pytest.mark.parametrize(
    "second",
    [
        act("b", "a"),
        json_form.read_item({"annul": "a", "reason": "twice"}),
        json_form.read_item({"annul": "seen", "reason": "twice"}),
        act("seen"),
        party("us", aliases=["a"]),
    ],
)
def test_requests_that_depend_on_one_another_are_not_apart(second):
    one, other = pair([act("a", "seen")], [second])
    assert not one.is_apart_from(other)
    assert not other.is_apart_from(one)


def test_what_differs_in_a_sealed_text_is_not_said_again():
    one, other = (
        json_form.read_item({"id": "a", "party": {"name": {"seal": text}, "kind": "state"}})
        for text in ("one", "two")
    )
    assert said_once([look(one), look(other), look(one)]) == [0, 1]
