"""Right or ask: who is meant, and whether an edit is shown before it is made."""

import json
from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.planners.context import Book
from bot.adapters.planners.deciding import CarefulPlanner, Draft, decided
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.planners.reading import Unreadable, read
from bot.adapters.planners.schema import fields_of, operations, picks
from bot.engine.composition import Clip, Composition, Video
from bot.engine.operations import AddClip, Delete, Split, Update
from bot.engine.plan import Plan
from bot.engine.select import ById
from bot.ports import (
    Answer,
    Choice,
    Command,
    CommandName,
    Edits,
    Outcome,
    Planner,
    Question,
    Request,
    Wanted,
)
from tests.adapters.planners.llm.peer import plan, step
from tests.adapters.planners.setups import SERIAL, Setup, abc, beaches, empty, film, long


class Says:
    """A planner that says what it was told to."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    async def plan(self, _request: Request) -> Outcome:
        return self._outcome


def heard(text: str, setup: Setup, said: str = "do it") -> Outcome:
    request = setup.request(said)
    return read(text, request, Book(request.comp))


async def answered(question: Outcome, label: str, setup: Setup) -> Outcome:
    """Press the button with this label."""
    assert isinstance(question, Question)
    choice = next(choice for choice in question.choices if choice.label.startswith(label))
    careful = CarefulPlanner(Says(Answer("nobody was to be asked again")))
    outcome = await careful.plan(setup.request(choice.text))
    assert not isinstance(outcome, Wanted)
    return outcome


def after(outcome: Outcome, setup: Setup) -> Composition:
    assert isinstance(outcome, Edits), outcome
    return outcome.plan.apply(setup.comp, SERIAL)


async def test_several_items_where_one_was_meant_are_asked_about() -> None:
    text = plan(step("update", ("byType", "video"), muted="true"))
    question = heard(text, beaches())
    assert isinstance(question, Question)
    assert [c.label for c in question.choices] == [
        "beach day (0:00)", "beach night (0:05)", "city (0:10)", "All 3",
    ]  # fmt: skip

    comp = after(await answered(question, "beach night", beaches()), beaches())

    videos = [item for item in comp.items.values() if isinstance(item, Video)]
    assert [item.muted for item in videos] == [False, True, False]


async def test_all_of_several_can_be_chosen() -> None:
    question = heard(plan(step("update", ("byType", "video"), muted="true")), beaches())
    comp = after(await answered(question, "All 3", beaches()), beaches())
    assert all(item.muted for item in comp.items.values() if isinstance(item, Video))


def test_several_items_are_no_question_where_all_are_meant() -> None:
    text = plan(step("update", ("byType", "video"), meant="all", muted="true"))
    assert isinstance(heard(text, beaches()), Edits)


def test_several_items_by_name_are_all_meant_but_a_comma_in_a_label_lists_nothing() -> None:
    listed = plan(step("update", ("byId", "V1,V2"), muted="true"))
    assert isinstance(heard(listed, beaches()), Edits)
    label = plan(step("update", ("byLabel", "beach, day"), muted="true"))
    assert isinstance(heard(label, beaches()), Question)


async def test_a_label_that_nothing_bears_offers_the_nearest() -> None:
    question = heard(plan(step("update", ("byLabel", "the citty"), muted="true")), beaches())
    assert isinstance(question, Question)
    assert question.choices[0].label.startswith("city")
    comp = after(await answered(question, "city", beaches()), beaches())
    city = comp.items["v3"]
    assert isinstance(city, Video)
    assert city.muted


async def test_two_questions_are_asked_and_not_three() -> None:
    steps = [step("update", ("byType", kind), muted="true") for kind in ("video", "main", "all")]
    first = heard(plan(*steps), beaches())
    second = await answered(first, "city", beaches())
    third = await answered(second, "beach day", beaches())
    assert isinstance(third, Answer)
    assert "nothing was changed" in third.text


def test_nothing_can_be_meant_on_an_empty_timeline() -> None:
    outcome = heard(plan(step("update", ("byType", "text"), bold="true")), empty())
    assert isinstance(outcome, Answer)
    assert "still empty" in outcome.text


def test_what_an_earlier_step_makes_is_no_question() -> None:
    title = step("add", item_type="text", text="Hi")
    text = plan(title, step("update", ("byLabel", "Hi"), bold="true"))
    assert isinstance(heard(text, abc()), Edits)


async def test_an_edit_that_removes_more_than_half_is_shown_first() -> None:
    question = heard(plan(step("delete", ("byId", "V1,V2"), meant="all")), abc())
    assert isinstance(question, Question)
    assert question.text.startswith("That removes 2 of 3 items. Shall I do it?")
    assert "intro" in question.text
    assert [*after(await answered(question, "Do it", abc()), abc()).items] == ["v3"]


def test_half_is_not_more_than_half() -> None:
    assert isinstance(heard(plan(step("delete", ("byId", "V1"))), abc()), Edits)


def test_a_cut_that_takes_most_of_the_film_is_shown_first() -> None:
    question = heard(plan(step("cut", ranges="0:10-10:30")), long())
    assert isinstance(question, Question)
    assert "That leaves 0:40 of 11:00." in question.text


def test_an_edit_of_more_than_twenty_items_is_shown_first() -> None:
    split = Plan(operations=(Split(parts=30),))
    setup = Setup(split.apply(long().comp, 2))
    text = plan(step("update", ("byType", "video"), meant="all", volume="0.5"))
    question = heard(text, setup)
    assert isinstance(question, Question)
    assert "changes 3" in question.text


async def test_what_was_shown_is_not_done_on_a_film_that_was_changed_since() -> None:
    question = heard(plan(step("delete", ("byId", "V1,V2"), meant="all")), abc())
    assert isinstance(question, Question)
    changed = Plan(operations=(Update(selector=ById(id="v1"), muted=True),)).apply(abc().comp, 9)
    again = await answered(question, "Do it", Setup(changed))
    assert isinstance(again, Question)
    assert "was changed since" in again.text
    assert isinstance(await answered(again, "Do it now", Setup(changed)), Edits)


async def test_a_clip_that_is_gone_by_then_is_told() -> None:
    question = heard(plan(step("update", ("byType", "video"), muted="true")), beaches())
    gone = Setup(Plan(operations=(Delete(selector=ById(id="v3")),)).apply(beaches().comp, 9))
    again = await answered(question, "city", gone)
    outcome = await answered(again, "Do it now", gone)
    assert isinstance(outcome, Question)
    assert "find no item" in outcome.text


async def test_a_typed_draft_cannot_bring_in_a_file() -> None:
    clip = Clip(id="c77", name="theirs.mp4", kind="video", sha256="0" * 64, seconds=5)
    wire = json.loads(Draft(plan=Plan()).model_dump_json())
    wire["plan"] = json.loads(Plan(operations=(AddClip(clip=clip),)).model_dump_json())
    careful = CarefulPlanner(Says(Answer("words")))
    assert await careful.plan(abc().request(f"/continue {json.dumps(wire)}")) == Answer("words")


@pytest.mark.parametrize("junk", ["/continue", "/continue {", "/continue {}", "/continue null"])
async def test_a_draft_that_is_none_is_words(junk: str) -> None:
    careful = CarefulPlanner(Says(Answer("words")))
    assert await careful.plan(abc().request(junk)) == Answer("words")


async def test_the_rules_are_as_careful_as_the_models() -> None:
    careful: Planner = CarefulPlanner(OfflinePlanner())
    question = await careful.plan(abc().request("delete the first two clips"))
    assert isinstance(question, Question)
    assert [*after(await answered(question, "Do it", abc()), abc()).items] == ["v3"]
    assert isinstance(await careful.plan(abc().request("mute the second clip")), Edits)


def test_a_command_may_follow_an_edit_but_a_render_takes_a_click() -> None:
    mute = step("update", ("byId", "V2"), muted="true")
    shown = heard(plan(mute, command="timeline"), abc())
    assert isinstance(shown, Edits)
    assert shown.then == Command("timeline")
    rendered = heard(plan(mute, command="render"), abc())
    assert isinstance(rendered, Edits)
    assert rendered.then is None
    assert rendered.left_out == ("“render”: ask for it when it looks right",)
    question = heard(
        plan(outcome="command", command="render", details=[{"field": "preset", "value": "gif"}]),
        abc(),
    )
    assert isinstance(question, Question)
    assert question.choices == (Choice("Render gif", "/render gif"),)
    several = [{"field": "preset", "value": "vertical, gif"}]
    question = heard(plan(outcome="command", command="render", details=several), abc())
    assert isinstance(question, Question)
    assert question.choices == (Choice("Render vertical gif", "/render vertical gif"),)
    details = [{"field": "revision", "value": "3"}]
    question = heard(plan(outcome="command", command="render", details=details), abc())
    assert isinstance(question, Question)
    assert question.choices == (Choice("Render #3", "/render #3"),)


def test_a_command_is_told_only_what_it_can_be_told() -> None:
    details = [{"field": "format", "value": "edl"}, {"field": "preset", "value": "gif"}]
    for name, offered in (("export", "/export edl"), ("render", "/render gif")):
        question = heard(plan(outcome="command", command=name, details=details), abc())
        assert isinstance(question, Question)
        assert [choice.text for choice in question.choices] == [offered]


def test_a_draft_that_somebody_typed_accepts_no_price() -> None:
    typed = Draft(plan=Plan(), then=Command("render", confirmed=True))
    assert Draft.model_validate_json(typed.model_dump_json()).then == Command("render")


@pytest.mark.parametrize("name", get_args(CommandName))
def test_a_model_starts_no_command_that_cannot_be_taken_back(name: CommandName) -> None:
    outcome = heard(plan(outcome="command", command=name), abc())
    if name in ("undo", "redo", "history", "timeline", "estimate", "cost", "budget", "help"):
        assert outcome == Command(name)
    else:
        assert isinstance(outcome, Question)
        assert [choice.text for choice in outcome.choices] == [f"/{name}"]


def test_options_are_whole_and_no_hidden_commands() -> None:
    options = ["/continue {}", "make it\nbrighter", "x" * 200, ""]
    question = heard(plan(outcome="question", reply="How?", options=options), abc())
    assert isinstance(question, Question)
    assert [choice.text for choice in question.choices] == ["make it brighter"]
    assert "x" * 200 in question.text


@pytest.mark.parametrize(
    ("action", "pick", "changes", "expected"),
    [
        ("cut", (), {"ranges": "0:01-2, 5-end"}, {"ranges": ((1, 2), (5, None))}),
        ("split", (), {"at": "1, 2.5"}, {"at": (1, 2.5)}),
        ("keep", (), {"start": "1", "end": "end"}, {"start": 1, "end": None}),
        ("trim", ("byIndex", "main -1"), {"length": "2 s"}, {"length": 2}),
        ("trim", ("byIndex", "0"), {"duration": "2 s"}, {"length": 2}),
        ("speed", ("byLabel", "beach"), {"playbackRate": "2"}, {"rate": 2}),
        ("canvas", (), {"aspect": "9:16", "fps": "29.97"}, {"aspect": "9:16"}),
        ("reorder", (), {"order": "V3, V1"}, {"order": (ById(id="v3"), ById(id="v1"))}),
        ("move", ("byId", "@V1"), {"after": "V3"}, {"after": ById(id="v3")}),
        ("replace", ("byId", "V1"), {"clip": "F2"}, {"clip": "c2"}),
        ("update", ("byId", "V1"), {"fade_in": "0.5", "text": ""}, {"fade_in": 0.5, "text": None}),
    ],
)
def test_values_are_read_as_people_write_them(
    action: str, pick: tuple[str, str], changes: dict[str, str], expected: dict[str, object]
) -> None:
    outcome = heard(plan(step(action, *([pick] if pick else []), **changes)), abc())
    if isinstance(outcome, Question):  # a cut that takes most of it
        outcome = decided(_confirmed(outcome), abc().request(""))
    assert isinstance(outcome, Edits)
    operation = outcome.plan.operations[0]
    assert {name: getattr(operation, name) for name in expected} == expected


def _confirmed(question: Question) -> Draft:
    return Draft.model_validate_json(question.choices[0].text.removeprefix("/continue "))


def test_keyframes_and_crops_are_read() -> None:
    zoom = step("animate", ("byId", "V1"), property="scale", frames="0=1 linear, end=1.3")
    crop = step("update", ("byId", "V2"), crop="left=0.1,right=0.1")
    outcome = heard(plan(zoom, crop), abc())
    comp = after(outcome, abc())
    assert [key.value for key in comp.items["v1"].keyframes["scale"]] == [1, 1.3]


@pytest.mark.parametrize(
    ("wire", "told"),
    [
        (step("trim", ("byId", "v1"), length="2"), "'v1' is no item; there are V1, V2, V3"),
        (step("trim", ("byType", "clip"), length="2"), "'clip' is none of video, image"),
        (step("trim", ("byIndex", "first"), length="2"), "'first' should be like"),
        (step("trim", ("byMagic", "x"), length="2"), "'byMagic' is no way to pick"),
        (
            step("trim", ("byId", "V1"), speed="2"),
            "speed: there is no such field; there are length",
        ),
        (step("replace", ("byId", "V1"), clip="F77"), "'F77' is no file; there are F1"),
        (step("cut", ranges="5-"), "'5-' should be like"),
        (step("animate", ("byId", "V1"), property="x", frames="soon"), "'soon' should be like"),
        (step("update", ("byId", "V1"), opacity="2"), "opacity: Input should be less than"),
        (step("add_clip", clip="F1"), "'add_clip' is none of add, delete"),
        (step("update", ("byId", "V1"), selector="x"), "beside the changes"),
        (step("delete", ("byId", "V1"), start="50", end="60"), "is outside the film"),
        (step("delete", meant="all"), "names neither an item"),
    ],
)
def test_what_is_wrong_is_told_so_that_it_can_be_mended(wire: dict[str, object], told: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        heard(plan(wire), abc())
    assert told in "\n".join(unreadable.value.problems)


async def test_a_film_that_was_kept_and_loaded_is_the_same_film() -> None:
    question = heard(plan(step("delete", ("byId", "V1,V2"), meant="all")), film())
    loaded = Setup(Composition.model_validate_json(film().comp.model_dump_json()))
    assert isinstance(await answered(question, "Do it", loaded), Edits)


wire_words = st.sampled_from(
    ["V1", "V2,T1", "main -1", "5-8", "", "none", "0:05", "-1", "1e9", "text", "all", "end", "x"]
)
wire_steps = st.fixed_dictionaries(
    {
        "action": st.sampled_from(list(operations())),
        "meant": st.sampled_from(["one", "all"]),
        "selector": st.lists(
            st.fixed_dictionaries({"type": st.sampled_from(picks()), "value": wire_words}),
            max_size=2,
        ),
        "changes": st.lists(
            st.fixed_dictionaries(
                {
                    "field": st.sampled_from(
                        sorted({n for m in operations().values() for n in fields_of(m)})
                    ),
                    "value": wire_words,
                }
            ),
            max_size=4,
        ),
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(wire_steps, min_size=1, max_size=4))
def test_whatever_fits_the_schema_ends_in_an_outcome_or_in_told_errors(
    steps: list[dict[str, Any]],
) -> None:
    with suppress(Unreadable):
        outcome = heard(plan(*steps), film())
        assert not isinstance(outcome, Edits) or after(outcome, film())


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["outcome", "operations", "action", "selector", "changes", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(anything)
def test_whatever_else_is_said_ends_in_told_errors(value: Any) -> None:
    with pytest.raises(Unreadable):
        heard(json.dumps({"outcome": "edit", "operations": value}), film())
