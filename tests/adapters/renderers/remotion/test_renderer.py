"""Films that Remotion Lambda makes: begun once, followed, fetched and looked through."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError
from botocore.response import StreamingBody

from bot.adapters.renderers.remotion import stills
from bot.adapters.renderers.remotion.client import Wish
from bot.adapters.store.tables import RemoteRenderRow
from bot.engine.composition import Captions, Cue, Text
from bot.engine.cost import FilmSize, Work
from bot.ports import RenderBusy, Rendered, RenderFailed
from tests import lambda_server
from tests.adapters.renderers.conftest import Film
from tests.adapters.renderers.remotion.conftest import Lab, until
from tests.adapters.renderers.test_local_pictures import video
from tests.lambda_server import BUCKET, FUNCTION, Fault, Render
from tests.s3 import S3_KEY

CRASH = RuntimeError("the process dies here")


# --- a film --------------------------------------------------------------------------------------


async def test_a_film_is_made_fetched_looked_through_and_paid_for(lab: Lab) -> None:
    rendered = await lab.film()
    assert rendered.path == lab.out
    assert rendered.size_bytes == lab.out.stat().st_size
    assert (rendered.frames, rendered.width, rendered.height) == (20, 160, 90)
    assert rendered.seconds == pytest.approx(20 / 30)
    assert (rendered.cost_microusd, rendered.cpu_seconds) == (1230, 4.567)
    assert lab.leftovers() == []


async def test_the_sound_which_remotion_brings_too_late_begins_with_the_film(lab: Lab) -> None:
    film = Film(await lab.film())
    assert len(film.pictures) == 20
    assert film.level(0, 0.01, 440) > -10
    assert film.level(0.65, 20 / 30, 440) > -10
    assert len(film.samples[0]) == pytest.approx(48_000 * 20 / 30, abs=1024)


async def test_what_is_asked_for_is_private_cancellable_and_soon_forgotten(lab: Lab) -> None:
    await lab.film()
    [asked] = lab.server.starts
    assert asked["privacy"] == "private"
    assert asked["enableCancellation"]
    assert asked["deleteAfter"] == "1-day"
    assert asked["outName"] == lab.out.name
    assert asked["framesPerLambda"] == 20
    assert asked["colorSpace"] == "bt709"
    assert asked["composition"] == "Composition"
    assert asked["chromiumOptions"] == {"disableWebSecurity": True}
    assert asked["licenseKey"] is None


async def test_what_is_drawn_is_put_into_the_bucket_once(lab: Lab) -> None:
    await lab.film()
    first = {each.key: each.modified async for each in lab.objects.under("stills/")}
    await lab.other("again").film()
    assert first
    assert {each.key: each.modified async for each in lab.objects.under("stills/")} == first


async def test_captions_are_drawn_one_by_one(lab: Lab) -> None:
    row = tuple(Cue(start=n / 10, end=n / 10 + 0.1, text=f"word {n}") for n in range(6))
    said = Captions(id="cc1", label="cc", duration=1, to_end=True, cues={"count": row})
    await lab.film(timeline=lab.studio.timeline([video(lab.studio.video(), 20)], said))
    assert len([each async for each in lab.objects.under("stills/")]) >= 6
    assert len(lab.server.starts) == 1


async def test_progress_only_grows_and_no_more_functions_work_than_may(lab: Lab) -> None:
    lab.most = 4
    await lab.film(timeline=lab.timeline(100))
    fractions = [each.fraction for each in lab.told]
    assert fractions == sorted(fractions)
    assert lab.told[-1].stage == "checking"
    assert lab.server.starts[0]["framesPerLambda"] == 34  # three make frames, one leads


async def test_what_is_left_out_of_a_film_is_told_while_it_is_made(lab: Lab) -> None:
    clip = lab.studio.video()
    back = video(clip, 100, source_in=110, backwards=True)
    await lab.film(timeline=lab.studio.timeline([back]))
    stages = {each.stage for each in lab.told}
    assert "rendering, without the sound of what plays backwards" in stages


async def test_films_wait_for_each_other_where_there_is_no_room_for_both(lab: Lab) -> None:
    lab.most = 2
    renderer = lab.renderer()
    first = await lab.begins(renderer)
    other = lab.other("second")
    second = asyncio.create_task(other.film(renderer))
    await until(lambda: len(other.told) >= 3)
    assert {each.stage for each in other.told} == {"waiting for free functions at AWS"}
    assert len(lab.server.starts) == 1
    lab.server.go_on.set()
    assert await first
    assert (await second).path == other.out


# --- what goes wrong at AWS ----------------------------------------------------------------------


async def test_errors_on_the_way_fail_nothing_and_braces_in_them_neither(lab: Lab) -> None:
    lab.server.on_begun = lambda render: render.fail("a { was not } closed {", fatal=False)
    assert await lab.film()


async def test_a_fatal_error_is_told_with_what_it_cost(lab: Lab) -> None:
    lab.server.go_on.clear()
    lab.server.on_begun = lambda render: render.fail("x }", explanation="Out of memory.")
    with pytest.raises(RenderFailed, match=r"^Out of memory\.$") as failed:
        await lab.film()
    assert failed.value.cost_microusd == 410
    assert not lab.out.exists()
    assert lab.leftovers() == []
    assert await lab.renderer().discard(lab.out) == 410
    assert await lab.asked.find(lab.out.stem) is None


async def test_a_render_may_be_unknown_for_a_while(lab: Lab) -> None:
    lab.server.shy_polls = 5
    assert await lab.film()


async def test_a_render_that_stays_unknown_fails(lab: Lab) -> None:
    lab.server.shy_polls = 10_000
    lab.patience = replace(lab.patience, unknown=0.3)
    with pytest.raises(RenderFailed, match="knows nothing of this film"):
        await lab.film()


async def test_throttling_is_told_and_waited_for(lab: Lab) -> None:
    lab.server.faults = [lambda_server.throttled] * 2
    assert await lab.film()
    assert any("free functions" in each.stage for each in lab.told)
    assert len(lab.server.starts) == 3


async def test_throttling_that_does_not_end_fails(lab: Lab) -> None:
    lab.server.faults = [lambda_server.throttled] * 9
    with pytest.raises(RenderFailed, match="CHATKUT_REMOTION_LAMBDAS"):
        await lab.film()
    assert await lab.asked.find(lab.out.stem) is None


async def test_a_film_for_whose_functions_there_was_no_room_is_begun_again(lab: Lab) -> None:
    def crowded(render: Render) -> None:
        lab.server.on_begun = lambda _: None
        render.fail("AWS Concurrency limit reached (Original Error: Rate Exceeded.)")

    lab.server.on_begun = crowded
    film = await lab.film()
    assert len(lab.server.starts) == 2
    assert film.cost_microusd == 410 + 1230


async def test_attempts_that_were_broken_off_are_paid_for_although_no_film_came_of_them(
    lab: Lab,
) -> None:
    lab.server.on_begun = lambda render: render.fail("Rate Exceeded.")
    renderer = lab.renderer()
    with pytest.raises(RenderFailed, match="CHATKUT_REMOTION_LAMBDAS") as failed:
        await lab.film(renderer)
    attempts = len(lab.server.starts)
    assert attempts > 1
    assert failed.value.cost_microusd == attempts * 410
    assert await renderer.discard(lab.out) == attempts * 410


@pytest.mark.parametrize(
    "fault", [lambda_server.broken, lambda_server.nonsense, lambda_server.crashed]
)
async def test_polls_may_fail_for_a_while(lab: Lab, fault: Fault) -> None:
    lab.server.status_faults = [fault] * 5
    assert await lab.film()
    assert len(lab.server.starts) == 1


async def test_polls_for_which_there_is_no_room_begin_nothing_again(lab: Lab) -> None:
    lab.server.status_faults = [lambda_server.throttled] * 15
    assert await lab.film()
    assert len(lab.server.starts) == 1


async def test_a_service_that_fails_for_long_is_taken_up_later(lab: Lab) -> None:
    lab.server.status_faults = [lambda_server.broken] * 10
    with pytest.raises(RenderBusy):
        await lab.film()
    assert await lab.film()
    assert len(lab.server.starts) == 1


async def test_a_function_that_crashes_is_told(lab: Lab) -> None:
    lab.server.faults = [lambda_server.crashed]
    with pytest.raises(RenderFailed, match="did not take the film: RequestId: 1"):
        await lab.film()
    assert await lab.asked.find(lab.out.stem) is None


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"key_id": "AKIAWRONG"}, "AWS does not let us in"),
        ({"key_id": "", "secret": ""}, "there is none: set CHATKUT_REMOTION_ACCESS_KEY_ID"),
        ({"function": FUNCTION.replace("240", "120")}, "There is no function remotion-render"),
    ],
)
async def test_what_somebody_has_to_set_right_is_said(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, about: dict[str, str], sentence: str
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(lab.root / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(RenderFailed, match=sentence):
        await lab.film(lab.renderer(**about))


async def test_a_function_of_another_version_than_its_name_says_is_told(lab: Lab) -> None:
    lab.server.version = "4.0.539"
    with pytest.raises(RenderFailed, match="another version of Remotion"):
        await lab.film()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda_server.too_short, "it has 19 frames and not 20"),
        (lambda_server.no_film, "could not be made"),
    ],
)
async def test_a_film_that_is_not_what_was_asked_for_is_refused(
    lab: Lab, make: Any, sentence: str
) -> None:
    lab.server.make = make
    with pytest.raises(RenderFailed, match=sentence) as failed:
        await lab.film()
    assert failed.value.cost_microusd == 1230
    assert not lab.out.exists()
    assert lab.leftovers() == []


async def test_a_film_whose_transfer_breaks_is_fetched_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = StreamingBody.read
    breaks: list[Exception] = [
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
        ReadTimeoutError(endpoint_url="s3"),
    ]

    def read(body: StreamingBody, amt: int | None = None) -> bytes:
        if amt is not None and breaks:  # of a film; answers are read at once
            raise breaks.pop()
        return whole(body, amt)

    monkeypatch.setattr("bot.adapters.renderers.remotion.client._FETCH_PAUSES", (0.01, 0.01))
    monkeypatch.setattr(StreamingBody, "read", read)
    assert await lab.film()
    assert not breaks
    assert len(lab.server.starts) == 1


async def test_a_film_that_expired_before_it_was_fetched_is_told(lab: Lab) -> None:
    await lab.film()
    lab.server.files.delete_object(Bucket=BUCKET, Key=lab.server.only.key)
    with pytest.raises(RenderFailed, match="not at AWS any more"):
        await lab.film()


async def test_an_empty_film_costs_nothing(lab: Lab) -> None:
    with pytest.raises(RenderFailed, match="nothing to render"):
        await lab.film(timeline=lab.studio.timeline([]))
    assert lab.server.starts == []


async def test_a_film_that_is_too_long_for_the_functions_is_refused_before_it_is_paid(
    lab: Lab,
) -> None:
    lab.most = 2
    title = Text(id="long", label="long", duration=2000, text="Hello")
    with pytest.raises(RenderFailed, match="1 functions that may run for 240 s each"):
        await lab.film(timeline=lab.studio.timeline([title], width=1920, height=1080))
    assert lab.server.starts == []


async def test_a_clip_that_is_gone_is_named_before_anything_is_begun(lab: Lab) -> None:
    timeline = lab.timeline()
    lab.studio.files["count"].original.unlink()
    with pytest.raises(RenderFailed, match=r"count\.mp4.* is missing: send it again"):
        await lab.film(timeline=timeline)
    assert lab.server.starts == []


async def test_a_place_that_cannot_be_written_is_told_before_anything_is_begun(lab: Lab) -> None:
    lab.out.parent.write_text("no folder")
    with pytest.raises(RenderFailed, match="could not be written"):
        await lab.film()
    assert lab.server.starts == []


async def test_a_large_document_goes_through_the_bucket(lab: Lab) -> None:
    small = {"canvas": [160, 90], "fps": [30, 1], "frames": 5, "media": []}
    begun = await lab.client.start(lab.name, Wish(small | {"much": "x" * 250_000}, 5, 23, "fast"))
    assert begun.bucket == BUCKET
    assert len(lab.server.only.document["much"]) == 250_000
    assert lab.server.starts[0]["inputProps"]["type"] == "bucket-url"


async def test_what_is_no_number_is_not_sent(lab: Lab) -> None:
    with pytest.raises(RenderFailed, match="infinite, or no number"):
        await lab.client.start(lab.name, Wish({"speed": float("nan")}, 5, 23, "fast"))
    assert lab.server.starts == []


# --- once ----------------------------------------------------------------------------------------


async def test_a_film_that_was_begun_is_taken_up_by_the_next_process(lab: Lab) -> None:
    task = await lab.begins(lab.renderer())
    task.cancel()  # an orderly stop
    await asyncio.gather(task, return_exceptions=True)
    assert lab.leftovers() == []
    lab.server.go_on.set()
    assert await lab.film()
    assert not lab.server.only.is_cancelled
    assert len(lab.server.starts) == 1


async def test_a_film_that_was_done_meanwhile_is_fetched(lab: Lab) -> None:
    await lab.film()
    lab.out.unlink()
    assert await lab.film()
    assert len(lab.server.starts) == 1


async def test_a_process_that_dies_before_it_knows_the_render_finds_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: str) -> None:
        raise CRASH

    with monkeypatch.context() as dying:
        dying.setattr(lab.asked, "begun", dies)
        with pytest.raises(RuntimeError):
            await lab.film()
    kept = await lab.asked.find(lab.out.stem)
    assert kept
    assert kept.ref == ""
    assert await lab.film()
    assert len(lab.server.starts) == 1


async def test_a_start_whose_answer_was_lost_is_found(lab: Lab) -> None:
    lab.server.faults = [lambda_server.begun_silently]
    assert await lab.film()
    assert len(lab.server.renders) == 1


async def test_a_start_that_was_lost_is_tried_again_after_a_while(lab: Lab) -> None:
    lab.patience = replace(lab.patience, lost=0.2)
    lab.server.faults = [lambda_server.lost]
    with pytest.raises(RenderBusy):
        await lab.film()
    assert await lab.film()
    assert len(lab.server.renders) == 1


async def test_two_processes_that_come_to_a_film_at_once_begin_it_once(lab: Lab) -> None:
    one, other = await asyncio.gather(
        lab.film(lab.renderer()), replace(lab, root=lab.root / "other").film(lab.renderer())
    )
    assert len(lab.server.starts) == 1
    assert (one.size_bytes, one.frames) == (other.size_bytes, other.frames)


@pytest.mark.parametrize("minutes", [-4, 4])
@pytest.mark.parametrize("is_known", [False, True])
async def test_clocks_that_differ_neither_lose_a_film_nor_begin_it_again(
    lab: Lab, minutes: int, is_known: bool
) -> None:
    """Those of the database and of AWS, or of the database and this machine."""
    await lab.film()
    lab.out.unlink()
    database = lab.asked._database
    with database.writing() as session:
        row = session.get(RemoteRenderRow, lab.out.stem)
        assert row
        row.since += timedelta(minutes=minutes)
        if not is_known:
            row.ref = row.bucket = ""
    lab.server.shy_polls = 3
    assert await lab.film()
    assert len(lab.server.starts) == 1


async def test_of_a_bucket_with_many_renders_only_the_latest_are_read(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    await lab.film()
    with caplog.at_level("DEBUG", "botocore.hooks"):
        assert await lab.client.find(lab.name, datetime.now(UTC))
        read = caplog.text.count("before-call.s3.GetObject")
        assert read >= 1
        caplog.clear()
        assert await lab.client.find(lab.name, datetime.now(UTC) + timedelta(hours=1)) is None
        assert "before-call.s3.ListObjectsV2" in caplog.text
        assert "before-call.s3.GetObject" not in caplog.text


async def test_a_bucket_that_cannot_be_read_does_not_pass_for_one_without_the_film(
    lab: Lab,
) -> None:
    """Else the film would be begun, and paid for, again."""

    def refused(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    await lab.film()
    events = lab.client._remotion.s3.meta.events
    events.register("before-call.s3.GetObject", refused)
    try:
        with pytest.raises(RenderFailed, match="does not let us in"):
            await lab.client.find(lab.name, datetime.now(UTC))
    finally:
        events.unregister("before-call.s3.GetObject", refused)
    assert await lab.client.find(lab.name, datetime.now(UTC))


# --- nobody wants it -----------------------------------------------------------------------------


async def test_a_film_that_nobody_wants_is_stopped_at_aws(lab: Lab) -> None:
    renderer = lab.renderer()
    task = await lab.begins(renderer)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await renderer.discard(lab.out) == 410
    await until(lambda: lab.server.only.is_cancelled)
    assert await lab.asked.find(lab.out.stem) is None


@pytest.mark.parametrize("fault", [lambda_server.throttled, lambda_server.crashed])
async def test_a_film_is_stopped_although_no_function_can_tell_of_it(
    lab: Lab, fault: Fault
) -> None:
    renderer = lab.renderer()
    task = await lab.begins(renderer)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    lab.server.status_faults = [fault]
    assert await renderer.discard(lab.out) == 410  # what the last poll told
    await until(lambda: lab.server.only.is_cancelled)


async def test_drawings_that_were_not_used_for_long_are_removed(lab: Lab) -> None:
    await lab.film()
    now = datetime.now(UTC)
    await stills.sweep(lab.objects, now + timedelta(days=13))
    assert [each async for each in lab.objects.under("stills/")]
    assert await stills.sweep(lab.objects, now + timedelta(days=15)) > 0
    assert not [each async for each in lab.objects.under("stills/")]


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ('{"a": "}{"}', [{"a": "}{"}]),
        ('{"a": 1}\n {"b": {}}\n', [{"a": 1}, {"b": {}}]),
        ("[1] {}", [{}]),
        ("", []),
    ],
)
def test_answers_are_read_whatever_their_strings_have(
    lab: Lab, text: str, objects: list[object]
) -> None:
    assert lab.client._remotion._parse_stream(text) == objects


async def test_a_film_that_is_done_is_removed_and_was_paid_for(lab: Lab) -> None:
    await lab.film()
    assert await lab.renderer().discard(lab.out) == 1230
    assert not lab.out.exists()
    assert await lab.renderer().discard(lab.out) == 0


async def test_a_film_whose_id_nobody_knows_is_stopped_too(lab: Lab) -> None:
    renderer = lab.renderer()
    task = await lab.begins(renderer)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await lab.asked.ask(lab.out.stem, await lab.asked.find(lab.out.stem))
    assert await renderer.discard(lab.out) == 410


async def test_what_cannot_be_stopped_is_forgotten_all_the_same(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    await lab.asked.begun(lab.out.stem, "1-day-unknown", BUCKET)
    assert await lab.renderer().discard(lab.out) == 0
    assert "may go on at AWS" in caplog.text
    assert await lab.asked.find(lab.out.stem) is None


# --- what it will cost ---------------------------------------------------------------------------


async def test_an_estimate_is_a_lower_bound_by_remotions_formula(lab: Lab) -> None:
    renderer = lab.renderer()
    first = renderer.expect(FilmSize(900, 1920, 1080), [])
    assert first.at_least
    # 7 functions of 3 s each, and 0.25 s for each of 1,866 megapixel-frames, of 2 GB.
    assert first.microusd == pytest.approx(487.5 * 2 * 0.0000133334 * 1e6, rel=0.02)
    assert 60 < first.seconds < 90


async def test_estimates_learn_from_past_films(lab: Lab) -> None:
    renderer, size = lab.renderer(), FilmSize(900, 1280, 720)
    guess = renderer.expect(size, [])
    past = [Work(size.megapixel_frames, 7 * 3.0 + 2 * 0.25 * size.megapixel_frames)] * 3
    assert renderer.expect(size, past).microusd > 1.8 * guess.microusd
    again = renderer.expect(size, [Work(size.megapixel_frames, 100)])
    seconds = again.microusd / 1e6 / 0.0000133334 / 2
    assert seconds == pytest.approx(100, rel=0.03)
    odd = [Work(0, 5), Work(0, 0), Work(1e-9, 0)]
    assert renderer.expect(size, odd).microusd > 0


async def test_a_film_without_pictures_is_one_too(lab: Lab) -> None:
    title = lab.timeline().placed[1].item
    assert isinstance(await lab.film(timeline=lab.studio.timeline([], title)), Rendered)
    clip = video(lab.studio.video(), 5)
    assert await lab.other("clip").film(timeline=lab.studio.timeline([clip]))


def test_no_secret_is_shown(lab: Lab) -> None:
    assert S3_KEY not in repr(lab.client.deployment)
