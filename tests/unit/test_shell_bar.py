"""Where one is: the greeting, the bar, and what a store's manifests tell without opening it."""

from dataclasses import replace
from pathlib import Path

import pytest
from prompt_toolkit.document import Document

import flowql
from flowql.errors import StoreDamagedError
from flowql.shell.bar import Standing, bar_text, greeting
from flowql.shell.colouring import Colouring
from flowql.shell.glance import Held, glance
from flowql.shell.highlight import STYLES, QueryLexer
from flowql.syntax.highlighting import Looks
from flowql.zones import UTC, find_zone

DAY = 1_544_709_600_000_000_000
HELD = (Held("default/flows", 1_234_567, (DAY, DAY + 3_600_000_000_000)),)
STANDING = Standing(Path("/data/store10"), HELD, duration_s=0.0123)


def test_the_greeting_tells_version_store_records_topics_and_range() -> None:
    assert greeting("1.2", Path("/data/store10"), HELD, UTC, 80) == [
        "FlowQL 1.2 · /data/store10 · \\? helps · Ctrl-D leaves",
        "1,234,567 records · default/flows · 2018-12-13 14:00 to 15:00",
    ]


@pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 200])
def test_neither_is_wider_than_the_terminal(width: int) -> None:
    held = [replace(HELD[0], name=f"default/{'x' * 30}{number}") for number in range(3)]
    lines = greeting("1.2", Path("/a" * 60), held, UTC, width)
    assert len(lines) == 2
    assert max(map(len, lines)) <= width
    assert len(bar_text(replace(STANDING, topics=held, store=Path("/a" * 60)), width)) <= width


def test_a_store_without_times_or_topics_is_greeted_too() -> None:
    nothing = [Held("default/flows", 1, None)]
    assert greeting("1.2", None, nothing, UTC, 80)[1] == "1 record · default/flows"
    assert greeting("1.2", None, [], UTC, 80)[1] == "0 records · no topics"
    many = [replace(HELD[0], name=f"a/{number}") for number in range(4)]
    assert greeting("1.2", None, many, UTC, 80)[1].startswith("4,938,268 records · 4 topics · ")


def test_the_bar_leaves_out_the_least_important() -> None:
    whole = " store10 · default/flows · 2018-12-13 14:00 to 15:00 · UTC · table · 12 ms "
    assert bar_text(STANDING, 80) == whole
    assert bar_text(STANDING, 70) == whole.replace(" · 12 ms", "")
    assert bar_text(STANDING, 50) == " store10 · default/flows · UTC · table "
    assert bar_text(STANDING, 15) == " UTC · table "


def test_the_bar_names_the_store_that_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert bar_text(replace(STANDING, store=Path()), 120).startswith(f" {tmp_path.name} · ")


def test_the_bar_tells_what_was_chosen() -> None:
    standing = replace(STANDING, chosen=("vpc-*", "-vpc-test"), mode="csv", editing="vi", duration_s=12.34)
    shanghai = find_zone("Asia/Shanghai")
    assert shanghai is not None
    assert bar_text(replace(standing, zone=shanghai), 120) == (
        " store10 · vpc-*, -vpc-test · 2018-12-13 22:00 to 23:00 · Asia/Shanghai · csv · vi · 12.3 s "
    )


def test_a_glance_tells_what_the_engine_tells(tmp_path: Path) -> None:
    lines = [
        f"2 1 eni-1 10.0.0.1 10.0.0.2 40000 22 6 1 40 {time} {time} REJECT OK"
        for time in (1544709600, 1544709700)
    ]
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n")
    with flowql.open(tmp_path / "store") as engine:
        for topic in ("flows", "eu/vpc"):
            engine.ingest([tmp_path / "a.log"], topic=topic)
        told = [Held(each.name, each.rows, each.start_bounds) for each in engine.topics()]
    assert glance(tmp_path / "store") == told
    assert glance(tmp_path / "none") == []


def test_a_damaged_manifest_is_damage_at_a_glance_too(tmp_path: Path) -> None:
    topic = tmp_path / "logsets" / "default" / "flows"
    topic.mkdir(parents=True)
    (topic / "manifest-1.json").write_text("{}\n0\n")
    with pytest.raises(StoreDamagedError):
        glance(tmp_path)


# ---- colours


def test_everything_has_a_style() -> None:
    assert {looks.value for looks in Looks} <= set(STYLES)


def test_lines_are_styled_as_their_parts_are() -> None:
    colouring = Colouring({"explain": True, "x": False})
    lexer = QueryLexer(lambda: colouring.parts_of)

    def styled(text: str) -> list[list[tuple[str, str]]]:
        line_of = lexer.lex_document(Document(text))
        lines = [line_of(line) for line in range(text.count("\n") + 1)]
        return [[(style, piece) for style, piece, *_ in line if piece] for line in lines]

    assert styled('"a"\n | count') == [
        [("class:quoted", '"a"')],
        [("", " "), ("class:stage", "|"), ("", " "), ("class:stage", "count")],
    ]
    assert styled("\\explain a")[0] == [("class:command", "\\explain"), ("", " "), ("class:word", "a")]
    assert styled(" \\x a")[0] == [("", " "), ("class:command", "\\x"), ("", " a")]
    assert styled("\\x a")[0] == [("class:command", "\\x"), ("", " a")]
    assert styled("\\nonsense a")[0][0] == ("class:wrong", "\\nonsense")
    assert styled("\\expl")[0][0] == ("class:command", "\\expl")
    assert QueryLexer(lambda: None).lex_document(Document("a"))(0) == [("", "a"), ("class:", "")]
