"""The offline planner: right or ask, in the words of real chat users."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.adapters.planners.offline.help import EXAMPLES, HELP, told
from bot.adapters.planners.offline.planner import OfflinePlanner, english, understand
from bot.cli.evaluation.case import Case, cases
from bot.cli.evaluation.judge import faults
from bot.cli.evaluation.setups import SERIAL, SETUPS, Setup, built, clip
from bot.cli.evaluation.talks import TALKS
from bot.engine.history import Entry
from bot.engine.operations import Add
from bot.engine.plan import Plan
from bot.ports import Analysis, Answer, Command, CommandName, Edits, Question, Request, Wanted

FOLDER = Path(__file__).with_name("cases")
ALL = [case for path in sorted(FOLDER.glob("*.jsonl")) for case in cases(path)]


@pytest.mark.parametrize("case", ALL, ids=[f"{case.setup}: {case.text[:60]}" for case in ALL])
def test_a_message_has_the_effect_that_its_author_expects(case: Case) -> None:
    outcome = understand(case.request())
    assert not isinstance(outcome, Wanted)
    assert faults(case, outcome) == []


def test_there_are_enough_cases() -> None:
    assert len(ALL) > 600


SAID = [text for group in EXAMPLES.values() for text in group]


@pytest.mark.parametrize("text", SAID)
def test_every_help_example_is_understood(text: str) -> None:
    found = Analysis(silences=((2.2, 3.6),), scenes=(3.0,), black=((2.5, 3.0),), words=())
    outcome = understand(replace(SETUPS["film"](), analysis=found).request(text))
    group = next(group for group, texts in EXAMPLES.items() if text in texts)
    if "bin" in group:
        outcome = understand(SETUPS["abc"]().request(text))
    if "words" in group:
        name = "show" if text in ("add captions", "subtitle the interview") else "captioned"
        outcome = understand(TALKS[name]().request(text))
    assert isinstance(outcome, Edits | Command | Answer), outcome
    assert not isinstance(outcome, Answer) or text in EXAMPLES["Questions"]


def test_help_names_every_group_and_command_and_is_short_enough_for_the_chat() -> None:
    commands = {*get_args(CommandName), "settings"} - {"cancel", "help"}
    (line,) = [line for line in HELP.splitlines() if line.startswith("Commands: /chatkut ")]
    assert [name for name in commands if name not in line] == []
    assert [name for name in EXAMPLES if f"{name}: " not in HELP] == []
    assert len(HELP) < 1800
    assert all(text in told() for text in SAID)


@pytest.mark.parametrize("text", ["add this", "insert this", "add this to the timeline"])
def test_a_video_that_was_just_dropped_is_not_asked_about_again(text: str) -> None:
    outcome = understand(SETUPS["dropped_video"]().request(text))
    assert isinstance(outcome, Answer)
    assert outcome.text.endswith("is on the timeline now.")
    assert isinstance(understand(SETUPS["dropped_song"]().request(text)), Edits)


def test_undo_everything_counts_only_what_stands() -> None:
    request = SETUPS["abc"]().request("undo everything")
    undone = Entry(seq=5, kind="undo", author="Anna", at="", summary=("Undid #4",), reverts=4)
    outcome = understand(replace(request, history=(*request.history, undone)))
    assert isinstance(outcome, Question)
    assert outcome.text == "Shall I undo all 3 edits?"
    assert [choice.text for choice in outcome.choices] == ["/undo 3 confirmed"]


def called_big(*shown: str) -> Request:
    """A clip that is called “other”, and in front of it those that are shown of “big.mp4”."""
    clips = (clip("c1", "big.mp4"), clip("c2", "other.mp4"))
    bigs = (
        Add(item_type="video", id=f"v{n}", clip="c1", duration=4, label=label)
        for n, label in enumerate(shown, 1)
    )
    other = Add(item_type="video", id="v9", clip="c2", duration=4)
    return Setup(built(*clips, *bigs, other)).request("")


@pytest.mark.parametrize(
    ("text", "deleted"),
    [
        ("delete big", {"v1"}),
        ("delete big 2", {"v2"}),
        ("remove both big clips", {"v1", "v2"}),
    ],
)
def test_a_clip_may_be_called_by_a_common_adjective(text: str, deleted: set[str]) -> None:
    request = replace(called_big("big", "big 2"), text=text)
    outcome = understand(request)
    assert isinstance(outcome, Edits)
    after = outcome.plan.apply(request.comp, SERIAL)
    assert set(request.comp.items) - set(after.items) == deleted


@pytest.mark.parametrize("text", ["delete big", "delete the big clip", "mute big"])
def test_what_was_removed_is_called_by_its_name_and_undo_is_offered(text: str) -> None:
    request = replace(called_big(), text=text)
    removed = Entry(seq=5, kind="edit", author="Anna", at="", summary=("Removed “big” (4 s)",))
    outcome = understand(replace(request, history=(*request.history, removed)))
    assert isinstance(outcome, Answer)
    assert outcome.text.startswith("Nothing on the timeline is called “big” any more: “undo”")
    never = understand(request)
    assert isinstance(never, Answer)
    assert "in the bin and not on the timeline yet" in never.text


def with_gifs(*names: str) -> Request:
    """A clip with sound, and behind it GIFs, which have none."""
    gifs = [clip(f"c{n}", f"{name}.gif") for n, name in enumerate(names, 2)]
    silent = [each.but(clip=each.clip.but(has_audio=False, kind="video")) for each in gifs]
    items = [
        Add(item_type="video", id=f"v{n}", clip=f"c{n}", duration=4)
        for n in range(1, len(names) + 2)
    ]
    return Setup(built(clip("c1", "one.mp4"), *silent, *items)).request("")


@pytest.mark.parametrize("text", ["remove the gif", "delete the gif", "please get rid of the gif"])
def test_the_gif_is_removed_where_one_item_comes_from_a_gif_file(text: str) -> None:
    request = replace(with_gifs("two"), text=text)
    outcome = understand(request)
    assert isinstance(outcome, Edits)
    assert outcome.plan.apply(request.comp, SERIAL).main == ("v1",)
    asked = understand(replace(with_gifs("two", "three"), text=text))
    assert isinstance(asked, Question)
    assert [choice.text for choice in asked.choices] == ["remove @v2", "remove @v3"]


def test_what_has_no_sound_is_neither_made_louder_nor_offered() -> None:
    request = replace(with_gifs("two"), text="make it louder")
    assert isinstance(understand(request), Edits)
    asked = understand(replace(request, focus=("v2",)))
    assert isinstance(asked, Question)
    assert [choice.text for choice in asked.choices] == ["make @v1 louder"]


def test_what_was_so_already_is_no_assumption() -> None:
    outcome = understand(SETUPS["film"]().request("make the title bigger and white"))
    assert isinstance(outcome, Edits)
    assert outcome.notes == ("The rest was so already.",)
    assert not any("already" in line for line in outcome.assumptions)


ASKED = [case for case in ALL if case.ask is not None]


@pytest.mark.parametrize("case", ASKED, ids=[f"{case.setup}: {case.text[:60]}" for case in ASKED])
def test_no_choice_leads_back_to_the_same_question(case: Case) -> None:
    outcome = understand(case.request())
    assert isinstance(outcome, Question)
    for choice in outcome.choices:
        then = understand(case.request(choice.text))
        assert then != outcome, choice
        if isinstance(then, Answer):
            assert any(words in then.text for words in ("no ", "already", "in the bin")), then


WORDS = sorted({word for phrase in english().entries for word in phrase if len(phrase) < 3})
NOUNS = [" ".join(phrase) for phrase in english().nouns]
PHRASES = (
    "the first", "clip 2", "beach", "it", "all", "'Hello'", "@v1", "0:05", "2 seconds", "20%", "2x",
    "-3 dB", "and", ",", "\n", "red", "to", "by", "from 0:02 to 0:04", "top left", "not", "at",
    "the last 2 seconds", "song.mp3", "except", "whole video",
)  # fmt: skip
PARTS = st.one_of(st.sampled_from(WORDS), st.sampled_from(NOUNS), st.sampled_from(PHRASES))


def check(setup: str, text: str) -> None:
    made = SETUPS[setup]()
    outcome = understand(made.request(text, ("v2",) if "v2" in made.comp.items else ()))
    if isinstance(outcome, Edits):
        after = outcome.plan.apply(made.comp, SERIAL)
        assert after != made.comp or outcome.then
        assert Plan.model_validate_json(outcome.plan.model_dump_json()) == outcome.plan
    elif isinstance(outcome, Question | Answer):
        assert outcome.text.strip()
        assert len(getattr(outcome, "choices", ())) <= 8


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=200))
@example('add "' * 50)
@example("1:2:3:4:5:6 99999999999999999999999 1/0 ½½½")
@example("@ @@ @. @v1.. #ff #fffffff")
@example("\u202etrim the first clip\u202c to 2 s\u0000")
def test_any_text_is_answered(text: str) -> None:
    check("film", text)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    setup=st.sampled_from(["film", "abc", "faded", "dropped_video", "empty", "bin_only"]),
    words=st.lists(PARTS, max_size=12),
)
def test_any_mixture_of_known_words_is_answered_and_its_plan_applies(
    setup: str, words: list[str]
) -> None:
    check(setup, " ".join(words))


def test_a_long_message_is_answered() -> None:
    check("film", "trim the first clip to 2 seconds and " * 108)
    check("film", "x" * 4000)
    check("film", "delete the music, " * 222)
    assert isinstance(understand(SETUPS["film"]().request("mute " * 900)), Question)


def test_the_planner_is_the_same_function_behind_the_port() -> None:
    request = SETUPS["abc"]().request("mute the intro")
    assert asyncio.run(OfflinePlanner().plan(request)) == understand(request)


@pytest.mark.parametrize(
    "text",
    [
        "make the zorp wobbly",
        "delete the submarine",
        "whenever somebody laughs, cut it",
        "lösche beach nicht",
        "cut to the chase",
        "mute the intro and make it all sparkle",
    ],
)
def test_words_that_are_not_understood_are_marked_for_other_planners(text: str) -> None:
    outcome = understand(SETUPS["film"]().request(text))
    assert isinstance(outcome, Question)
    assert not outcome.understood


@pytest.mark.parametrize("text", ["delete everything", "mute it", "trim the beach", "cut 1 second"])
def test_what_only_the_person_can_decide_is_understood(text: str) -> None:
    outcome = understand(SETUPS["film"]().request(text))
    assert isinstance(outcome, Question)
    assert outcome.understood


def test_a_thing_hidden_for_a_while_can_be_shown_again() -> None:
    request = SETUPS["film"]().request("hide the logo during clip 2")
    hidden = understand(request)
    assert isinstance(hidden, Edits)
    assert "hidden" in " ".join(hidden.assumptions)
    comp = hidden.plan.apply(request.comp, SERIAL)
    assert not all(item.enabled for item in comp.items.values())
    shown = understand(replace(request, text="show the logo again", comp=comp))
    assert isinstance(shown, Edits)
    assert all(item.enabled for item in shown.plan.apply(comp, SERIAL + 1).items.values())
