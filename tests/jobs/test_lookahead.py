"""Whose files are fetched ahead."""

from bot.jobs.lookahead import Lookahead
from bot.ports import Message


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def message(person: str = "u1", channel: str = "chat:a") -> Message:
    return Message("m", channel, person, "", user=person)


def test_so_many_of_a_person_and_in_a_channel_look_ahead() -> None:
    ahead = Lookahead(2, 3, Clock())
    allowed = [ahead.allows(message(person)) for person in ("u1", "u1", "u1", "u2", "u2")]
    assert allowed == [True, True, False, True, False]
    assert not ahead.allows(message("u1", "chat:b"))
    assert ahead.allows(message("u2", "chat:b"))


def test_after_a_minute_others_may_and_nobody_is_remembered() -> None:
    clock = Clock()
    ahead = Lookahead(1, 1, clock)
    assert [ahead.allows(message()), ahead.allows(message())] == [True, False]
    clock.seconds = 60
    assert ahead.allows(message("u2", "chat:b"))
    assert len(ahead._counts) == 2


def test_without_limits_everybody_looks_ahead() -> None:
    ahead = Lookahead()
    assert all(ahead.allows(message()) for _ in range(100))
