"""Files that come faster than messages are taken."""

from tests.service.house import House, texts


async def test_files_of_messages_that_are_left_out_are_not_fetched(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    names = [f"{number}.mp4" for number in range(9)]
    async with house.open(person_per_minute=3) as chatkut:
        for name in names:
            await chatkut.hear("", house.offer(name, beach))
        await chatkut.quiet()
        said = await house.sees_kinds("clip", "clip", "clip", "answer")
    assert "faster than I can follow" in texts(said)[-1]
    assert [name for name in names if house.site.clips[name].asked] == names[:3]


async def test_a_file_that_had_to_wait_for_its_turn_is_fetched_then(
    house: House, beach: bytes
) -> None:
    async with house.open(person_per_minute=3) as chatkut:
        for _ in range(3):
            await chatkut.hear("help", id="again")
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("answer", "clip")


async def test_a_restart_in_the_middle_of_a_flood_changes_nothing(
    house: House, beach: bytes
) -> None:
    async with house.open(person_per_minute=2) as chatkut:
        for number in range(5):
            await chatkut.hear("", house.offer(f"{number}.mp4", beach))
    async with house.open(person_per_minute=2) as chatkut:
        await chatkut.quiet()
        await house.sees_kinds("clip", "clip", "answer")
    assert not any(house.site.clips[f"{number}.mp4"].asked for number in range(2, 5))
