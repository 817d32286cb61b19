from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.chat.slack.cards import Shared, card, is_long, worded
from bot.adapters.chat.slack.surfaces import Work, home_blocks
from bot.ports import Choice, Progress, Reply, ReplyKind
from tests.adapters.chat.slack.blocks import (
    MESSAGE,
    VIEW,
    Actions,
    Context,
    Section,
    buttons,
    texts,
)

KEY = "a" * 24
KINDS: tuple[ReplyKind, ...] = get_args(ReplyKind)
WORDS = st.text(max_size=400) | st.text("<>&| \nab", max_size=12_000)
REPLIES = st.builds(
    Reply,
    st.sampled_from(KINDS),
    WORDS,
    st.lists(st.builds(Choice, st.text(max_size=120), st.just("x")), max_size=60).map(tuple),
    revision=st.none() | st.integers(0, 10**6),
    progress=st.none() | st.just(Progress("rendering", 0.5)),
)
SHARED = st.lists(
    st.builds(
        Shared,
        st.just("F012345678"),
        st.just("https://x.slack.com/files/U/F012345678/a"),
        st.text(max_size=200).map("{}.png".format),
        st.booleans(),
    ),
    max_size=6,
)


@given(REPLIES, SHARED, st.lists(st.text(min_size=1, max_size=300), max_size=3))
def test_whatever_is_said_slack_accepts_the_card(
    reply: Reply, shared: list[Shared], notes: list[str]
) -> None:
    made = card(reply, KEY, shared, [f"“{note}” is too large" for note in notes])
    blocks = MESSAGE.validate_python(list(made.blocks))
    said = "".join([made.text, *texts(blocks)])
    assert made.text
    assert "<!" not in said
    assert "<@" not in said
    assert [button.value for button in buttons(blocks)] == [
        f"{KEY}#{number}" for number in range(len(reply.choices))
    ]


@given(st.text("ab <>&\n", max_size=9000))
def test_a_text_that_is_not_long_is_in_the_card_as_a_whole(text: str) -> None:
    reply = Reply("answer", text)
    if not is_long(reply):
        shown = "".join(texts(MESSAGE.validate_python(list(card(reply, KEY).blocks))))
        for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            shown = shown.replace(entity, char)
        assert "".join(shown.split()) in ("".join(text.split()), "…")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "answer"])
def test_each_kind_has_a_sign(kind: ReplyKind) -> None:
    (text, *_) = texts(MESSAGE.validate_python(list(card(Reply(kind, "words"), KEY).blocks)))
    assert text.endswith(" words")


def test_a_receipt_has_words_picture_revision_and_buttons_in_this_order() -> None:
    choices = (Choice("Undo", "/undo"), Choice("Render", "/render"))
    reply = Reply("receipt", "Trimmed “clip”", choices, (Path("r2.png"),), 2)
    made = card(reply, KEY, [Shared("F012345678", "https://x.slack.com/f", "r2.png", True)])
    kinds = [block["type"] for block in made.blocks]
    assert kinds == ["section", "image", "context", "actions"]
    assert made.text == "✅ Trimmed “clip”"


def test_progress_is_one_quiet_line_with_its_button() -> None:
    choices = (Choice("Cancel", "/cancel"),)
    reply = Reply("progress", "▰▱ 50 %", choices, revision=3, progress=Progress("r", 0.5))
    blocks = MESSAGE.validate_python(list(card(reply, KEY).blocks))
    assert [type(block) for block in blocks] == [Context, Actions]


def test_a_film_is_linked_by_its_page_so_that_slack_shows_it() -> None:
    film = Shared("F012345678", "https://x.slack.com/files/U/F012345678/a.mp4", "a<b>.mp4", False)
    made = card(Reply("render", "Done"), KEY, [film])
    section = MESSAGE.validate_python(list(made.blocks))[1]
    assert isinstance(section, Section)
    assert section.text.text == f"<{film.permalink}|a&lt;b&gt;.mp4>"


def test_labels_that_do_not_fit_on_buttons_are_written_out() -> None:
    long = "the clip of the harbour in the morning " * 3
    reply = Reply("question", "Which one?", (Choice("first", "1"), Choice(long, "2")))
    assert worded(reply).splitlines() == ["Which one?", "1. first", f"2. {long}"]
    first, second = buttons(MESSAGE.validate_python(list(card(reply, KEY).blocks)))
    assert first.text.text == "first"
    assert second.text.text.startswith("2. the clip of the harbour")


def test_of_a_long_text_the_card_shows_the_beginning_and_says_so() -> None:
    reply = Reply("answer", "a line of it\n" * 1000)
    assert is_long(reply)
    text = "".join(texts(MESSAGE.validate_python(list(card(reply, KEY).blocks))))
    assert text.startswith("a line of it\n")
    assert text.endswith("(The whole text is in the file.)")
    assert len(text) < 2000


@given(st.lists(st.text("ab <\n", max_size=50), max_size=130))
def test_slack_accepts_a_home_of_any_length(names: list[str]) -> None:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    works = [Work(f"slack:T1/C{n}", 7.5, n, 30_000, at, name) for n, name in enumerate(names)]
    shown = texts(VIEW.validate_python(home_blocks(works)))
    assert len(shown) == (1 if not works else min(len(works), 98) + 2)
    if len(works) > 98:
        assert shown[-1] == f"… and {len(works) - 97} more."


@pytest.mark.parametrize(("kind", "label"), [("render", "Download"), ("answer", "Open")])
def test_a_link_is_called_by_what_it_does(kind: ReplyKind, label: str) -> None:
    reply = Reply(kind, "Here", link="https://chatkut.example.com/r/a|b")
    shown = texts(MESSAGE.validate_python(list(card(reply, KEY).blocks)))
    assert shown[-1] == f"<https://chatkut.example.com/r/a%7Cb|{label}>"
