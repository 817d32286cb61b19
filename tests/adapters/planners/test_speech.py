"""Spoken words: found where they are said, cut in the pauses around them, never into a word."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.planners.offline.planner import understand
from bot.adapters.planners.speech import Hit, Speech, voices
from bot.cli.evaluation.setups import SERIAL, built, clip
from bot.cli.evaluation.talks import TALKS
from bot.engine.composition import Captions, Composition
from bot.engine.layout import layout
from bot.engine.operations import Add, AnyOperation, Cut, Reverse, Speed, Update
from bot.engine.plan import Plan
from bot.engine.select import ById
from bot.ports import Analysis, Answer, Edits, Outcome, Question, Request, Wanted, Word


def said(text: str, start: float = 1, length: float = 0.2, pause: float = 0.2) -> tuple[Word, ...]:
    """Words one after another."""
    step = length + pause
    return tuple(
        Word(start + n * step, start + n * step + length, word)
        for n, word in enumerate(text.split())
    )


def talk(*more: AnyOperation, words: Iterable[Word] = (), seconds: float = 30) -> Request:
    """A film of one clip in which somebody speaks."""
    comp = built(
        clip("c1", "talk.mp4", seconds=seconds),
        clip("c2", "song.mp3", "audio", 30),
        clip("c3", "voice.mp3", "audio", 30),
        Add(item_type="video", id="v1", clip="c1"),
    )
    comp = Plan(operations=more).apply(comp, 2) if more else comp
    return Request("", comp, SERIAL, analysis={"c1": Analysis(words=tuple(words))})


def speech(request: Request) -> Speech:
    return Speech(request, layout(request.comp))


def asked(text: str, request: Request) -> Outcome | Wanted:
    return understand(replace(request, text=text))


def show(text: str) -> Outcome | Wanted:
    return understand(TALKS["show"]().request(text))


@pytest.mark.parametrize("phrase", ["HELLO, everyone!", "hello  everyone", "“Hello everyone”"])
def test_case_and_punctuation_do_not_matter(phrase: str) -> None:
    request = talk(words=said("So: Hello everyone, and welcome."))
    (hit,) = speech(request).hits(phrase)
    assert hit.text == "Hello everyone"


@pytest.mark.parametrize(
    ("phrase", "heard", "found"),
    [
        ("ChatKut", "we use Chat Kut here", True),
        ("goodby", "so goodbye all", True),
        ("anyway", "any way it goes", True),
        ("lunch", "the launch is near", False),
        ("um", "the umbrella", False),
        ("cat", "the car", False),
    ],
)
def test_only_small_differences_of_spelling_are_forgiven(
    phrase: str, heard: str, found: bool
) -> None:
    assert bool(speech(talk(words=said(heard))).hits(phrase)) is found


def test_what_is_spelt_just_so_comes_before_what_is_alike() -> None:
    request = talk(words=said("goodbyes and goodbye"))
    assert [hit.text for hit in speech(request).hits("goodbye")] == ["goodbye"]


@st.composite
def talks(draw: st.DrawFn) -> Request:
    """A clip with words, of which the film shows a stretch at some speed, perhaps in pieces."""
    starts = sorted(draw(st.lists(st.floats(0, 29), min_size=1, max_size=25, unique=True)))
    ends = [*starts[1:], 30.0]
    words = tuple(
        Word(round(start, 3), round(start + (end - start) * draw(st.floats(0.1, 1)), 3), f"w{n}")
        for n, (start, end) in enumerate(zip(starts, ends, strict=True))
    )
    more: list[AnyOperation] = [Cut(ranges=((0, draw(st.floats(0.1, 8))),))]
    more.append(Cut(ranges=((10, draw(st.floats(10.5, 14))),)))
    request = talk(*more, words=words)
    speed = draw(st.sampled_from((0.5, 1.0, 2.0)))
    if speed != 1:
        comp = Plan(operations=(Speed(selector=ById(id="v1"), rate=speed),)).apply(request.comp, 3)
        request = replace(request, comp=comp)
    return request


@given(talks())
@settings(max_examples=60, deadline=None)
def test_cuts_are_whole_frames_in_the_pauses_around_a_word(request: Request) -> None:
    heard = speech(request)
    fps = float(request.comp.canvas.fps.value)
    for line in heard.lines:
        for at, word in enumerate(line):
            hit = Hit((word,), fps)
            assert word.low <= word.start + 0.5
            assert word.high >= word.end - 0.5
            before = line[at - 1].end if at else 0
            assert word.low >= min(before, word.start) - 0.5
            assert 0 <= hit.low <= hit.high <= layout(request.comp).seconds
            assert word.start - word.low <= 0.5 * fps + 1


def test_a_word_that_is_cut_off_for_the_most_part_is_not_heard() -> None:
    request = talk(Cut(ranges=((0, 1.15),)), words=said("half whole"))
    assert [hit.text for hit in speech(request).sentences()] == ["whole"]


def test_a_phrase_goes_on_across_a_split() -> None:
    request = talk(Cut(ranges=((1.25, 1.3),)), words=said("one two three"))
    assert len(layout(request.comp).main) == 2
    assert speech(request).hits("one two three")


def test_who_cannot_be_understood_is_not_listened_to() -> None:
    muted = Update(selector=ById(id="v1"), muted=True)
    backwards = Reverse(selector=ById(id="v1"))
    for operation in (muted, backwards):
        assert voices(layout(talk(operation).comp)) == ()


def test_music_is_listened_to_only_where_nobody_else_is_heard() -> None:
    song = Add(item_type="audio", id="a1", clip="c2", at=0)
    voice = Add(item_type="audio", id="a2", clip="c3", at=0)
    heard = [placed.item.id for placed in voices(layout(talk(song, voice).comp))]
    assert heard == ["v1", "a2"]
    alone = built(clip("c2", "song.mp3", "audio", 30), Add(item_type="audio", id="a1", clip="c2"))
    assert [placed.item.id for placed in voices(layout(alone))] == ["a1"]


@pytest.mark.parametrize(
    "text",
    ["add captions", "cut everything before she says 'welcome'", "remove the ums", "transcript",
     "when does he say 'launch'?", "split where he says hello", "Untertitel hinzufügen"],
)  # fmt: skip
def test_what_nobody_listened_to_is_wanted_first(text: str) -> None:
    request = replace(TALKS["show"]().request(text), analysis={})
    assert understand(request) == Wanted(("c1", "c2", "c3"), "speech")


@pytest.mark.parametrize("text", ["mute the street", "add a title saying 'she says hello'", "undo"])
def test_nobody_listens_for_what_has_nothing_to_do_with_words(text: str) -> None:
    assert not isinstance(understand(replace(TALKS["show"]().request(text), analysis={})), Wanted)


ASKS = [
    "split where he says pricing",
    "cut everything before she says 'launch'",
    "remove from 'so our budget' to 'dollars'",
    "cut when she says budget",
    "keep only where she talks about pricing",
    "remove everything about pricing",
    "mute the word 'um'",
    "end it when she says goodbye",
    "zoom in when he says 'look at this'",
    "remove 'um'",
]


@pytest.mark.parametrize("text", ASKS)
def test_every_choice_of_a_question_is_an_edit(text: str) -> None:
    question = show(text)
    assert isinstance(question, Question)
    assert question.choices
    for choice in question.choices:
        assert isinstance(show(choice.text), Edits), choice


def test_what_was_heard_is_told_in_the_receipt() -> None:
    outcome = show("cut everything before she says 'welcome'")
    assert isinstance(outcome, Edits)
    assert outcome.assumptions == ("“welcome” is said at 0:01.6 (“interview”).",)


def test_a_word_that_is_not_said_is_answered_with_the_nearest() -> None:
    outcome = show("cut everything before she says 'welcome to the jungle'")
    assert isinstance(outcome, Answer)
    assert "The nearest is “and welcome to the” at 0:01.2" in outcome.text


def test_a_long_transcript_is_cut_with_a_hint() -> None:
    request = talk(words=said("indeed. " * 400, pause=0.01), seconds=100)
    outcome = asked("transcript please", request)
    assert isinstance(outcome, Answer)
    assert "more sentences" in outcome.text
    assert "export srt" in outcome.text
    assert len(outcome.text) < 2000


def test_many_filler_words_go_in_one_edit() -> None:
    request = talk(words=said("um so " * 60, pause=0.05), seconds=40)
    outcome = asked("remove the ums", request)
    assert isinstance(outcome, Edits)
    (cut,) = outcome.plan.operations
    assert isinstance(cut, Cut)
    assert len(cut.ranges) == 60


def test_captions_that_are_there_keep_their_corrections_when_clips_are_added() -> None:
    setup = TALKS["half_captioned"]()
    comp = _done("replace 'Hello' with 'Hi' in the captions", setup.comp, setup.request(""))
    comp = _done("add captions", comp, setup.request(""))
    (captions,) = (item for item in comp.items.values() if isinstance(item, Captions))
    assert captions.cues["c1"][0].text.startswith("Hi everyone")
    assert captions.cues["c3"][0].text == "Thank you all for watching."


def _done(text: str, comp: Composition, request: Request) -> Composition:
    outcome = understand(replace(request, text=text, comp=comp))
    assert isinstance(outcome, Edits), outcome
    return outcome.plan.apply(comp, SERIAL)


@given(st.text(max_size=200) | st.lists(st.sampled_from(
    ["cut", "remove", "where", "she", "says", "'um'", "“", "before", "from", "to", "captions",
     "the", "when", "every", "word", "say", "in", "'welcome'", ",", "and", "replace", "with"]),
    max_size=14).map(" ".join))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_no_message_breaks_it(text: str) -> None:
    for name in ("show", "captioned"):
        outcome = understand(TALKS[name]().request(text))
        if isinstance(outcome, Edits):
            outcome.plan.apply(TALKS[name]().comp, SERIAL)
