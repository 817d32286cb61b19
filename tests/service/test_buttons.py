"""Buttons: what is pressed is done, here and nowhere else."""

import pytest

from bot.adapters.store.tables import RevisionRow
from tests.adapters.chat.bridge_site import Visible
from tests.service.house import House, Open, texts


async def cut(house: House, chatkut: Open, beach: bytes) -> Visible:
    """The receipt of an edit in the channel "launch"."""
    await chatkut.hear("trim it to 0.5 seconds", house.offer("beach.mp4", beach))
    return (await house.sees_kinds("clip", "receipt"))[-1]


async def test_undo_of_a_receipt_undoes(either_house: House, beach: bytes) -> None:
    house = either_house
    async with house.open() as chatkut:
        receipt = await cut(house, chatkut, beach)
        [undo] = [each for each in receipt.content.choices if each.label == "Undo"]
        await chatkut.hear(chose=undo.value)
        undone = (await house.sees_kinds("clip", "receipt", "receipt"))[-1]
        assert undone.content.text.startswith("Undid #1 by Ada")
        assert [row.kind for row in chatkut.rows(RevisionRow)] == ["edit", "undo"]


@pytest.mark.parametrize("number", ["2", "9", "999"])
async def test_a_button_that_a_post_does_not_have_is_not_valid(
    house: House, beach: bytes, number: str
) -> None:
    async with house.open() as chatkut:
        receipt = await cut(house, chatkut, beach)
        await chatkut.hear(chose=f"{receipt.content.key}#{number}")
        await _refused(house, chatkut, "launch", "clip", "receipt")


async def test_a_button_of_another_channel_is_not_valid(house: House, beach: bytes) -> None:
    async with house.open() as chatkut:
        receipt = await cut(house, chatkut, beach)
        await chatkut.hear(chose=receipt.content.choices[0].value, channel="other")
        await _refused(house, chatkut, "other")


@pytest.mark.parametrize("chose", ["nonsense", "nosuchkey#0", "#", "a#-1", "'; DROP TABLE--#0"])
async def test_a_button_that_never_was_is_not_valid(house: House, chose: str) -> None:
    async with house.open() as chatkut:
        await chatkut.hear(chose=chose)
        await _refused(house, chatkut, "launch", revisions=0)


async def test_the_choice_of_a_question_continues_it(house: House, beach: bytes) -> None:
    async with house.open(confirm_over_usd=0) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await chatkut.hear("render preview")
        question = (await house.sees_kinds("clip", "question"))[-1]
        await chatkut.hear(chose=question.content.choices[0].value)
        await house.sees_kinds("clip", "question", "estimate", "render")


async def _refused(
    house: House, chatkut: Open, channel: str, *before: str, revisions: int = 1
) -> None:
    answer = texts(await house.sees_kinds(*before, "answer", channel=channel))[-1]
    assert answer == "That button is not valid here any more; say what you want in words."
    assert len(chatkut.rows(RevisionRow)) == revisions
