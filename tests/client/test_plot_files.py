"""Plots in files: the same answer gives the same picture, and nothing is replaced in silence."""

import errno
import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from diplomatic_ledger.cli import pictures
from diplomatic_ledger.cli.commands import Command
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.cli.root import root
from diplomatic_ledger.v1 import balances_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing

BASIS = "talks · as of 2018-08-18 · position 97 · root 3fa9c1d2"


def series(values):
    found = standing.GetSeriesResponse(party_a="dprk", party_b="us")
    for place, value in enumerate(values):
        day = f"{2000 + place // 12}-{place % 12 + 1:02}"
        point = found.points.add(from_day=f"{day}-01", to_day=f"{day}-28")
        point.ab.weight, point.ba.weight = value, "0"
    return found


def balance(weight):
    given = balances_pb2.Given(giver="dprk", receiver="us", count=8, weight=weight)
    back = balances_pb2.Given(giver="us", receiver="dprk", count=1, weight="1")
    return balances_pb2.Balance(party_a="dprk", party_b="us", given_ab=given, given_ba=back)


DRAWN = {
    "balance": lambda file: pictures.draw_balance(balance("8"), "unit", BASIS, file),
    "below zero": lambda file: pictures.draw_balance(balance("-8.5"), "s", BASIS, file),
    "a third": lambda file: pictures.draw_balance(balance("64/3"), "s", BASIS, file),
    "thirds": lambda file: pictures.draw_series(series(["1/3", "-4"]), "month", BASIS, file),
    "nothing": lambda file: pictures.draw_series(series(["0"]), "month", BASIS, file),
    "bars": lambda file: pictures.draw_series(series(["3", "-4"]), "month", BASIS, file),
    "two lines": lambda file: pictures.draw_series(
        series(["3"]), "month", f"Of acts in 2000-01\n{BASIS}", file
    ),
    "many": lambda file: pictures.draw_series(series(["3", "-4"] * 90), "month", BASIS, file),
}


@pytest.mark.parametrize("suffix", pictures.SUFFIXES)
@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_the_same_answer_gives_the_same_file(tmp_path, draw, suffix, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    files = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for file in files:
        draw(file)
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert len(first) > 1000
    if suffix == ".svg":
        assert ET.fromstring(first).tag.endswith("svg")
        assert b"dc:date" not in first
    assert sorted(tmp_path.iterdir()) == files


def test_a_picture_is_drawn_where_the_file_system_has_no_links(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    file = tmp_path / "plot.svg"
    DRAWN["balance"](file)
    drawn = file.read_bytes()
    with pytest.raises(Failure, match="is there already"):
        DRAWN["balance"](file)
    assert file.read_bytes() == drawn
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize(("value", "marks"), [("2", 3), ("2.5", 5)])
def test_an_axis_of_counts_shows_whole_numbers_only(tmp_path, value, marks):
    file = tmp_path / "plot.svg"
    pictures.draw_series(series([value]), "month", BASIS, file)
    shown = re.findall(r'id="ytick_\d+"', file.read_text(encoding="utf-8"))
    assert len(shown) == 2 * marks, "of both panels"


@pytest.mark.parametrize("count", [5, 180])
def test_bars_of_what_may_have_happened_in_another_bin_are_marked(tmp_path, count):
    found = series(["3"] * count)
    for place in (1, 3):
        found.points[place].ab.beyond_bin_count = 1
    found.points[3].ba.beyond_bin_count = 2
    file = tmp_path / "plot.svg"
    pictures.draw_series(found, "month", BASIS, file)
    assert file.read_text(encoding="utf-8").count("<!-- ~ -->") == 3


def test_pictures_have_no_colours(tmp_path):
    file = tmp_path / "plot.svg"
    DRAWN["bars"](file)
    root_element = ET.fromstring(file.read_bytes())
    styles = " ".join(each.get("style", "") for each in root_element.iter())
    shades = set(re.findall(r": #([0-9a-f]{6})\b", styles))
    assert shades
    assert all(shade[:2] == shade[2:4] == shade[4:6] for shade in shades)


def test_a_file_that_is_there_is_not_replaced(tmp_path):
    file = tmp_path / "plot.svg"
    file.write_text("mine")
    with pytest.raises(Failure, match=r"is there already"):
        pictures.check(file)
    with pytest.raises(Failure, match=r"is there already"):
        DRAWN["bars"](file)
    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_replaced_where_that_is_asked_for(tmp_path):
    file = tmp_path / "plot.svg"
    file.write_text("old")
    pictures.check(file, overwrite=True)
    pictures.draw_balance(balance("8"), "unit", BASIS, file, overwrite=True)
    assert "<svg" in file.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [file]


def test_only_svg_and_png_are_drawn(tmp_path):
    with pytest.raises(Failure, match=r"\.jpg does not end in \.svg or \.png"):
        pictures.check(tmp_path / "plot.jpg")


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(Failure, match=r"pip install matplotlib\. In a checkout, make setup"):
        pictures.check(Path("plot.svg"))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Failure, match=r"cannot be written: No such file"):
        DRAWN["bars"](tmp_path / "nowhere" / "plot.svg")


@pytest.mark.parametrize(
    ("args", "parties", "terminal", "file"),
    [
        (["a", "b"], ["a", "b"], False, None),
        (["a", "b", "--plot"], ["a", "b"], True, None),
        (["--plot", "a", "b"], ["a", "b"], True, None),
        (["a", "b", "--plot", "x.svg"], ["a", "b"], False, "x.svg"),
        (["--plot", "x.PNG", "a", "b"], ["a", "b"], False, "x.PNG"),
        (["--plot=x.svg", "a", "b"], ["a", "b"], False, "x.svg"),
        (["a", "--plot", "--", "x.svg"], ["a", "x.svg"], True, None),
    ],
)
@pytest.mark.parametrize("name", ["balance", "series"])
def test_a_plot_goes_to_the_terminal_unless_a_file_is_named(
    name, args, parties, terminal, file
):
    command = root.get_command(None, name)
    assert isinstance(command, Command)
    context = command.make_context(name, list(args), resilient_parsing=False)
    given = context.params
    assert [given["party_a"], given["party_b"]] == parties
    assert given["plot"].on_terminal == terminal
    assert given["plot"].file == (Path(file) if file else None)
