"""Replies as cards: nothing is cut off, nothing is formatted that people wrote."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.chat.discord.cards import Upload, belongs, card
from bot.adapters.chat.discord.limits import units
from bot.adapters.chat.discord.markdown import escaped
from bot.ports import Choice, Reply, key_of

KEY = key_of("a")
LIMIT = 10 << 20
MARKDOWN = st.text(st.sampled_from("ab1. \n\\*_~|`#>-<@![](){}:/é👩"), max_size=60)
TEXTS = st.one_of(st.text(max_size=300), MARKDOWN)


def read(markdown: str) -> str:
    """What Discord shows of escaped text."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", markdown)


@given(TEXTS)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    assert read(escaped(text)) == text


@given(TEXTS)
def test_no_mark_of_markdown_is_left_unescaped(text: str) -> None:
    rest = re.sub(r"\\[^0-9A-Za-z\s]", "x", escaped(text))
    assert not re.search(r"[*`|\[\]<]|^\s*[>#-]|^\s*\d+\.", rest, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** and __more__", r"\*\*bold\*\* and \_\_more\_\_"),
        ("<@123> <#4> <:smile:5> <t:1>", r"\<@123> \<#4> \<:smile:5> \<t:1>"),
        ("[click](https://evil.example)", r"\[click\](https://evil.example)"),
        ("https://a.example/x_y_z?a=*", r"https://a.example/x_y_z?a=\*"),
        ("> quote\n# big\n-# small\n- a\n12. b", "\\> quote\n\\# big\n\\-# small\n\\- a\n12\\. b"),
        ("at 0:05 (2.5 s) – my_clip.mp4", r"at 0:05 (2.5 s) – my\_clip.mp4"),
        ("half \ud83d of a pair", "half ? of a pair"),
    ],
)
def test_what_people_write_is_text(text: str, shown: str) -> None:
    assert escaped(text) == shown


@given(st.text(max_size=200), st.integers(1, 200))
def test_a_text_of_any_length_is_shown_or_attached_whole(text: str, times: int) -> None:
    made = card(Reply("answer", text * times), KEY)
    shown = made.embed.description or ""
    assert units(shown) <= 4096
    assert made.whole_text == text * times if made.whole_text else read(shown) == text * times


@given(MARKDOWN.filter(lambda text: len(text) > 20))
def test_a_text_that_is_cut_keeps_no_half_escape(text: str) -> None:
    made = card(Reply("answer", text * 400), KEY)
    start, _, _ = (made.embed.description or "").rpartition("\n… The whole text")
    assert made.whole_text == text * 400
    assert (text * 400).startswith(read(start))
    assert not re.search(r"(?<!\\)(\\\\)*\\$", start)


@given(st.lists(st.text(max_size=120), max_size=40))
def test_every_choice_is_a_button_or_is_listed_with_its_number(labels: list[str]) -> None:
    choices = tuple(Choice(label, "/undo") for label in labels)
    made = card(Reply("question", "Which one?", choices), KEY)
    text = made.whole_text or read(made.embed.description or "")
    assert len(made.buttons) == min(len(labels), 25)
    for number, label in enumerate(labels):
        if number < 25 and units(label) <= 80:
            button = made.buttons[number]
            assert button.label == (label.strip() or str(number + 1))
            assert button.chose == f"{KEY}#{number}"
        else:
            assert f"{number + 1}. {label.encode(errors='replace').decode()}" in text
    assert all(1 <= units(button.label) <= 80 for button in made.buttons)


def test_a_card_carries_a_reference_to_its_key() -> None:
    made = card(Reply("receipt", "Trimmed", revision=12), KEY)
    assert made.embed.footer.text == f"#12 · ref {KEY[:8]}"
    assert belongs(made.embed, KEY)
    assert not belongs(made.embed, key_of("b"))


def test_a_picture_is_shown_in_the_card_under_the_name_that_discord_keeps() -> None:
    picture = Upload(Path("/data/r 1 (é).png"), 1000)
    made = card(Reply("receipt", "Trimmed"), KEY, [picture], LIMIT)
    assert made.embed.image.url == "attachment://r_1_.png"
    assert made.uploads == (picture,)


def test_a_film_that_is_too_large_is_told_about() -> None:
    film = Upload(Path("/data/secret/film.mp4"), 35_200_000)
    made = card(Reply("render", "Rendered"), KEY, [film], LIMIT)
    assert made.uploads == ()
    assert "35.2 MB" in (made.embed.description or "")
    assert "10.5 MB" in (made.embed.description or "")
    assert "/data" not in (made.embed.description or "")


LINK = "https://chatkut.example.com/r/Imtl_eSI.a-b_c~d"


@pytest.mark.parametrize("text", ["Rendered", "a" * 5000])
def test_a_link_stands_below_and_is_never_cut(text: str) -> None:
    made = card(Reply("render", text, link=LINK), KEY)
    assert (made.embed.description or "").endswith(f"\n{LINK}")
    assert units(made.embed.description or "") <= 4096
    assert made.whole_text == (text if len(text) > 4096 else "")


def test_a_film_that_is_too_large_is_found_behind_its_link() -> None:
    film = Upload(Path("/data/film.mp4"), 35_200_000)
    made = card(Reply("render", "Rendered", link=LINK), KEY, [film], LIMIT)
    assert "the link below leads to it" in (made.embed.description or "")
    assert "kept where ChatKut runs" not in (made.embed.description or "")


def test_files_that_are_gone_or_too_many_are_told_about() -> None:
    uploads = [Upload(Path(f"{n}.mp4"), 10) for n in range(11)] + [Upload(Path("x.mp4"), None)]
    made = card(Reply("render", "Rendered"), KEY, uploads, LIMIT)
    assert made.uploads == tuple(uploads[:9])
    for name in ("“9.mp4” is one file too many", "“10.mp4”", "“x.mp4” is not there any more"):
        assert name in read(made.embed.description or "")
