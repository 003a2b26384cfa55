"""Tables as CSV, Markdown and HTML: whatever an entry says stays text, in its own cell."""

import csv
import io
import re
from html.parser import HTMLParser

import pytest
from diplomatic_ledger.cli import html_page, markdown, spreadsheet
from diplomatic_ledger.cli.cells import Footnote, Noted, Parts
from diplomatic_ledger.cli.document import BasisLine, Document, Heading, Sentence
from diplomatic_ledger.cli.screen import table
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support.runs import short_run

NASTY = [
    "=1+1",
    "@SUM(A1)",
    "+1 is what they want",
    "-2",
    "a | b",
    "**not bold** _nor this_ `nor that`",
    "<script>alert(1)</script>",
    "[a](http://x) ![b](c) [^1] &lt; &amp;",
    'says "no", then\nleaves',
    "~~gone~~ <!-- --> \\",
    "1. first",
    "# no heading",
    "- no list",
    "```",
    "$x$",
    "---",
    "===",
    "> no quotation",
    "1) first",
    "&copy; \\* \\&lt;",
    "한국어 中文 é",
    "",
]
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])),
)
rows = st.lists(st.tuples(texts, texts, st.integers(-9, 9).map(str)), min_size=1, max_size=5)


def document(*found, name="things", caption="Caption"):
    made = Document(name="list", ledger="talks")
    made.add(Heading(caption))
    made.table(table([("id", "id"), ("what", "text"), ("n", "number")], found, name=name))
    made.add(BasisLine("as of 2018-08-18"))
    return made


def read_csv(made):
    return list(csv.DictReader(io.StringIO("".join(spreadsheet.written(made)), newline="")))


@short_run
@given(rows)
def test_csv_is_read_back_as_it_was(found):
    for row, told in zip(found, read_csv(document(*found)), strict=True):
        assert list(told) == ["table", "id", "what", "n", "basis"]
        assert [told["id"].removeprefix("'"), told["what"].removeprefix("'")] == [
            cell.removeprefix("'") for cell in row[:2]
        ]
        assert told["n"] == row[2]
        for cell in told.values():
            is_number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert is_number or len(cell) < 2 or cell[0] not in "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", " =1+1", "+41 22", "-a", "@x", "\tx", "3/4", "1-2", "8 : 1", "12.5.18", "2018-06",
        "May 2018", "MAR1", "SEPT2", "3 June", "12 June 2018", "1E5", "010", "1,000", "50%", "$5",
        "TRUE", "1234567890123456", "10:30 am", "1 2/3", "1.10", "1.2", "0.25", "2018-06-12",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_read_otherwise_is_guarded(text):
    assert spreadsheet.guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "7", "-7", "F051", "us → dprk",
        "March on the capital", "Mayors of 3 towns", "12 June 2018, they met", "2018-W24",
        "point 3", "55 sets of remains", "us-dprk-2018", "-", "",
    ],
)  # fmt: skip
def test_words_and_what_no_program_changes_stay_as_they_are(text):
    assert spreadsheet.guarded(text) == text


def test_figures_and_days_of_ours_stay_numbers_and_days_and_texts_and_ids_stay_texts():
    columns = [("id", "id"), ("provision", "text"), ("weight", "number"), ("day", "day")]
    made = Document(name="list")
    made.table(table(columns, [("2018-06-12", "1.10", "1.10", "2018-06-12")]))
    made.table(table(columns, [("1.2", "1.2", "-0.5", "2018-06-12/2018-06-20")]))
    made.table(table([("", "word"), ("", "text")], [("net", "0.25"), ("article", "1.10")]))
    assert [[*line.values()][1:] for line in read_csv(made)] == [
        ["'2018-06-12", "'1.10", "1.10", "2018-06-12", "", ""],
        ["'1.2", "'1.2", "-0.5", "2018-06-12/2018-06-20", "", ""],
        ["", "", "", "", "net", "0.25"],
        ["", "", "", "", "article", "'1.10"],
    ]


def test_several_tables_have_one_heading():
    made = document(("a", "b", "1"))
    made.table(
        table(
            [("id", "id"), ("given", "word", ("by a", "by b"))],
            [("c", Parts("8 : 1", ("8", "1")))],
        )
    )
    made.table(table([("", "word"), ("", "text")], [("net", "1"), ("", "more")]))
    lines = read_csv(made)
    assert [list(line.values()) for line in lines] == [
        ["things", "a", "b", "1", "", "", "", "", "as of 2018-08-18"],
        ["list", "c", "", "", "8", "1", "", "", "as of 2018-08-18"],
        ["list", "", "", "", "", "", "net", "1", "as of 2018-08-18"],
        ["list", "", "", "", "", "", "net", "more", "as of 2018-08-18"],
    ]


def test_sources_are_a_column_and_definitions_are_not():
    source, word = Footnote("The Gazette", "https://x.org"), Footnote("w", is_definition=True)
    made = document((Noted("a", (source, word)), "b", "1"), ("c", Noted("d", (word,)), "2"))
    assert [line["sources"] for line in read_csv(made)] == ["The Gazette https://x.org", ""]


def test_a_byte_order_mark_stands_at_the_beginning_where_it_is_wanted():
    made = document(("a", "b", "1"))
    made.bom = True
    assert next(iter(spreadsheet.written(made))) == "\ufeff"
    assert all(line.endswith("\r\n") for line in list(spreadsheet.written(made))[1:])


def cells_of(text):
    """The cells of the first table, as a renderer of GitHub's Markdown shows them."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    cells = []
    for place, token in enumerate(tokens):
        if token.type == "td_open":
            cells.append(_shown(tokens[place + 1].children))
    return cells, {token.type for token in tokens}


def _shown(children):
    kinds = {"text": lambda c: c.content, "text_special": lambda c: c.content}
    shown = []
    for child in children:
        if child.type == "html_inline":
            assert child.content == "<br>"
            shown.append("\n")
        else:
            shown.append(kinds[child.type](child))
    return "".join(shown)


@short_run
@given(rows)
def test_markdown_is_read_back_as_it_was(found):
    cells, kinds = cells_of("\n".join(markdown.written(document(*found))))
    told = [" ".join(cell.split()) for cell in cells]
    assert told == [" ".join(cell.split()) for row in found for cell in row]
    assert "html_block" not in kinds
    assert "fence" not in kinds


@pytest.mark.parametrize("text", NASTY)
def test_a_sentence_of_markdown_is_a_paragraph(text):
    made = Document(name="list")
    made.add(Sentence(text))
    tokens = MarkdownIt("commonmark").parse("\n".join(list(markdown.written(made))[1:]))
    assert [token.type for token in tokens if token.level == 0 and token.nesting >= 0] in (
        ["paragraph_open"],
        [],
    )


@pytest.mark.parametrize(
    "text",
    ["0.5", "1.2. 2018", "+3 %", "-2", "#1", "a > b", "x = 1", "~5 t", "R&D", "C:\\a", "a_b"],
)
def test_markdown_escapes_only_what_would_be_read_as_markup(text):
    assert f"| {text} | b | 1 |" in list(markdown.written(document((text, "b", "1"))))


def test_markdown_has_footnotes_and_the_basis_as_its_last_line():
    source = Footnote("The Gazette: They meet", "https://x.org/a_b")
    made = document((Noted("a", (source,)), Noted("b", (source,)), "1"))
    lines = list(markdown.written(made))
    assert "| a[^1] | b[^1] | 1 |" in lines
    assert "[^1]: The Gazette: They meet <https://x.org/a_b>" in lines
    assert lines[-1] == "as of 2018-08-18"
    odd = document((Noted("a", (Footnote("x", "javascript:alert(1)"),)), "b", "1"))
    assert "[^1]: x javascript:alert(1)" in list(markdown.written(odd))


def test_two_references_to_footnotes_are_not_read_as_one_number():
    notes = tuple(Footnote(f"note {number}") for number in range(1, 4))
    made = document((Noted("a", notes[:1]), Noted("b", (notes[1], notes[0])), "1"))
    assert "| a[^1] | b[^1] [^2] | 1 |" in list(markdown.written(made))
    text = re.sub(r"<a [^>]*>|</a>", "", "\n".join(html_page.written(made)))
    assert "b<sup>1, 2</sup>" in text


class Page(HTMLParser):
    """Which elements there are, with ids, links and the text of each cell."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.cells, self.names = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.names.append(tag)
        self.ids += filter(None, [given.get("id")])
        self.links += filter(None, [given.get("href")])
        if tag in ("td", "th"):
            self.cells.append("")
            assert tag == "td" or given["scope"] in ("row", "col")
        if tag == "br":
            self.cells[-1] += "\n"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open) and "sup" not in self.open:
            self.cells[-1] += data


@short_run
@given(rows)
def test_html_is_read_back_as_it_was(found):
    page = Page("\n".join(html_page.written(document(*found))))
    assert page.cells == ["id", "what", "n", *(cell for row in found for cell in row)]
    assert set(page.names) <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "div", "table",
        "caption", "thead", "tr", "th", "tbody", "td", "br", "footer", "p",
    }  # fmt: skip


def test_html_links_footnotes_both_ways():
    source = Footnote("The Gazette", "https://x.org/?a=1&b='2'")
    odd = Footnote("x", "javascript:alert(1)")
    made = document((Noted("a", (source,)), Noted("b", (source, odd)), "1"))
    text = "\n".join(html_page.written(made))
    page = Page(text)
    assert len(set(page.ids)) == len(page.ids)
    inner = [link[1:] for link in page.links if link.startswith("#")]
    assert sorted(set(inner)) == sorted(page.ids)
    assert [link for link in page.links if not link.startswith("#")] == [source.url]
    assert '<html lang="en">' in text
    assert "<caption>Caption</caption>" in text
