import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.chat.slack.words import escaped, link, marked, people, pieces, plain, size

ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NASTY = st.lists(
    st.sampled_from(
        ["<!channel>", "<@U0ANNA>", "&", "https://a.example/x?a=1&b=2", "\n", " ", "🎬"]
    )
    | st.text(max_size=8)
).map("".join)


def unescaped(text: str) -> str:
    return re.sub("&(?:lt|gt|amp);", lambda match: ENTITIES[match[0]], text)


@given(ANY_TEXT)
def test_escaped_text_has_no_markup_and_says_the_same(text: str) -> None:
    assert not re.search("[<>]", escaped(text))
    assert unescaped(escaped(text)) == text


@given(NASTY)
def test_only_web_addresses_become_markup(text: str) -> None:
    for token in re.findall(r"<([^>]*)>", marked(text)):
        assert re.match(r"https?://[^|]+$", token)


def test_an_address_can_be_clicked_without_the_full_stop_after_it() -> None:
    said = marked("See (https://films.example/a?b=1&c=2). Bye")
    assert said == "See (<https://films.example/a?b=1&amp;c=2>). Bye"


def test_a_lone_surrogate_of_a_file_name_can_be_sent() -> None:
    assert escaped("clip\udce9.mp4") == "clip?.mp4"


def test_a_label_cannot_leave_its_link() -> None:
    assert link("https://a.example/|x", "a>b\n<!here>") == (
        "<https://a.example/%7Cx|a&gt;b &lt;!here&gt;>"
    )


@given(NASTY, st.integers(40, 200))
def test_pieces_keep_to_the_limit_and_lose_nothing(text: str, limit: int) -> None:
    cut = list(pieces(text, limit))
    assert "".join(cut) == text
    assert all(0 < size(marked(piece)) <= limit for piece in cut)


def test_text_is_cut_at_lines_else_at_words() -> None:
    assert list(pieces("one two\nthree four", 12)) == ["one two\n", "three four"]
    assert list(pieces("one two three", 9)) == ["one two ", "three"]
    assert list(pieces("abcdef", 4)) == ["abcd", "ef"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<@U0BOT> trim it", "trim it"),
        ("<@U0BOT|chatkut>: trim it", "trim it"),
        ("please <@U0BOT>, trim it", "please trim it"),
        ("<@U0BOT>\ntrim it", "trim it"),
        ("use <@U0ANNA>'s clip", "use @Anna's clip"),
        ("use <@U0GONE>'s clip", "use @U0GONE's clip"),
        ("like in <#C1|films>", "like in #films"),
        ("<!here> look", "@here look"),
        ("<!subteam^S1|@editors> look", "@editors look"),
        ("see <https://a.example/x|a.example/x>", "see a.example/x"),
        ("see <https://a.example/x>", "see https://a.example/x"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("title &lt;!channel&gt;", "title <!channel>"),
        ("a < b", "a < b"),
        ("<|x>", "x"),
        ("", ""),
    ],
)
def test_what_people_write_is_read_as_they_saw_it(raw: str, text: str) -> None:
    assert plain(raw, "U0BOT", {"U0ANNA": "Anna"}) == text


@given(st.text())
def test_anything_can_be_read(raw: str) -> None:
    plain(raw, "U0BOT", {})


def test_people_are_those_who_are_mentioned() -> None:
    assert people("<@U1> and <@W2|w> but <#C3> &lt;@U4&gt;") == {"U1", "W2"}
