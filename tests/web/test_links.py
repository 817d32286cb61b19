from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from bot.ports import Message
from bot.web.links import SignedLinks

ORIGIN = "https://chatkut.example.com"
ASKED = Message("17.2", "slack:T1/C1", "Åsa", "/upload", user="U1", thread="17.1", external=True)


def links(seconds: float = 60, signed_with: str = "ours") -> SignedLinks:
    return SignedLinks(ORIGIN, signed_with, seconds, seconds)


def token(link: str) -> str:
    return link.rpartition("/")[2]


def test_each_link_opens_what_it_was_made_for() -> None:
    ours = links()

    assert ours.film_of(token(ours.film("r1"))) == "r1"
    assert ours.shared_by(token(ours.share("slack:T1/C1"))) == "slack:T1/C1"


def test_an_upload_page_knows_who_asked_for_it_and_where_but_not_what_was_said() -> None:
    ours = links()

    asked = ours.uploading(token(ours.upload(ASKED)))

    assert (asked.address, asked.person, asked.external) == (ASKED.address, ASKED.person, True)
    assert asked.text == ""


def test_a_link_of_one_kind_opens_nothing_of_another_kind() -> None:
    ours = links()

    with pytest.raises(HTTPException, match="404"):
        ours.film_of(token(ours.share("r1")))
    with pytest.raises(HTTPException, match="404"):
        ours.shared_by(token(ours.film("slack:T1/C1")))


def test_a_link_that_was_signed_with_another_secret_opens_nothing() -> None:
    with pytest.raises(HTTPException, match="404"):
        links().film_of(token(links(signed_with="another").film("r1")))


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_an_altered_link_opens_nothing(place: int, letter: str) -> None:
    good = token(links().share("slack:T1/C1"))
    place %= len(good)
    altered = good[:place] + letter + good[place + 1 :]

    if altered != good:
        with pytest.raises(HTTPException, match="404"):
            links().shared_by(altered)


@pytest.mark.parametrize("more", ["=", "\r\n", "é", "%"])
def test_a_link_has_one_spelling(more: str) -> None:
    ours = links()
    good = token(ours.upload(ASKED))

    opened = 0
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        with suppress(HTTPException):
            ours.uploading(good[:-1] + last)
            opened += 1
    assert opened == 1
    with pytest.raises(HTTPException, match="404"):
        ours.uploading(good + more)


def test_an_old_link_says_that_it_has_expired() -> None:
    with pytest.raises(HTTPException, match="expired"):
        links(seconds=-1).shared_by(token(links().share("slack:T1/C1")))


def test_a_film_can_be_downloaded_for_as_long_as_it_is_kept() -> None:
    assert links(seconds=-1).film_of(token(links().film("r1"))) == "r1"
