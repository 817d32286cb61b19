"""ChatKut with Remotion Lambda: films are made there, once, whatever happens to the process."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.store.tables import RemoteRenderRow
from bot.app.remotion import check_renderer
from bot.cli import doctor
from bot.config import Settings
from bot.ports import AdapterError
from tests.adapters.chat.bridge_site import BridgeSite, Clip, Visible
from tests.chaos.service import Service
from tests.lambda_server import FUNCTION, REGION, LambdaServer, lambda_server
from tests.s3 import S3_KEY, new_bucket
from tests.service.house import House, until
from tests.service.test_process import refusal, run

NEEDED = ("remotion_region", "remotion_function", "remotion_site_url")


@pytest.fixture
def aws(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaServer]:
    with lambda_server(s3_url) as server:
        for name, value in server.environment(s3_url).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def settings(aws: LambdaServer, s3_url: str) -> dict[str, Any]:
    return {
        "r2_endpoint": s3_url,
        "r2_bucket": new_bucket(s3_url),
        "r2_access_key_id": S3_KEY,
        "r2_secret_access_key": S3_KEY,
        "renderer": "remotion",
        "remotion_region": REGION,
        "remotion_function": FUNCTION,
        "remotion_site_url": aws.site_url,
        "remotion_access_key_id": S3_KEY,
        "remotion_secret_access_key": S3_KEY,
    }


def environment(settings: dict[str, Any]) -> dict[str, str]:
    return {f"CHATKUT_{name.upper()}": str(value) for name, value in settings.items()}


async def test_a_film_is_made_at_aws_and_a_preview_here(
    house: House, beach: bytes, aws: LambdaServer, settings: dict[str, Any]
) -> None:
    async with house.open(**settings) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.hear("render 720p")
        said = await house.sees_kinds("clip", "estimate", "render")
        assert "at least $" in said[1].content.text
        assert "and at least $0.0012 (estimate $" in said[2].content.text
        assert aws.only.is_done
        assert [len(data) > 1000 for data in said[2].files.values()] == [True]
        await chatkut.hear("render preview")
        said = await house.sees_kinds("clip", "estimate", "render", "estimate", "render")
        assert "at least" not in said[4].content.text
        await chatkut.quiet()
        assert len(aws.starts) == 1
        [there, here] = sorted(chatkut.renders(), key=lambda row: row.renderer, reverse=True)
        assert (there.renderer, there.cost_microusd, there.cpu_seconds) == ("remotion", 1230, 4.567)
        assert here.renderer == "local"


async def test_a_film_that_fails_at_aws_says_what_it_cost(
    house: House, beach: bytes, aws: LambdaServer, settings: dict[str, Any]
) -> None:
    aws.on_begun = lambda render: render.fail("Out of memory")
    async with house.open(**settings) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.hear("render")
        said = await house.sees_kinds("clip", "estimate", "error")
        text = said[2].content.text
        assert text.endswith("failed: Out of memory. It cost $0.0004 until then.")
        await chatkut.quiet()
        assert [row.cost_microusd for row in chatkut.renders()] == [410]
        assert chatkut.rows(RemoteRenderRow) == []


async def test_a_film_that_fails_before_a_cost_is_known_does_not_say_that_it_costs_nothing(
    house: House, beach: bytes, settings: dict[str, Any]
) -> None:
    async with house.open(**settings | {"remotion_access_key_id": "AKIAWRONG"}) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.hear("render")
        said = await house.sees_kinds("clip", "estimate", "error")
        assert said[2].content.text.endswith("the rights of its user, see docs/remotion.md.")


async def test_cancelling_stops_the_functions_and_books_what_they_cost(
    house: House, beach: bytes, aws: LambdaServer, settings: dict[str, Any]
) -> None:
    aws.go_on.clear()
    async with house.open(**settings) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.hear("render")
        await until(lambda: aws.renders and aws.only.polls)
        await chatkut.hear("cancel the render")
        said = await house.sees_kinds("clip", "estimate", "answer")
        assert "What was done until now is paid for" in said[2].content.text
        await until(lambda: aws.only.is_cancelled)
        await chatkut.quiet()
        [row] = chatkut.renders()
        assert (row.state, row.cost_microusd) == ("cancelled", 410)
        assert chatkut.rows(RemoteRenderRow) == []


async def test_a_stop_leaves_the_film_to_aws_and_the_next_start_takes_it_up(
    house: House, beach: bytes, aws: LambdaServer, settings: dict[str, Any]
) -> None:
    aws.go_on.clear()
    async with house.open(**settings) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.hear("render")
        await until(lambda: aws.renders and aws.only.polls)
    aws.go_on.set()
    async with house.open(**settings) as chatkut:
        await house.sees_kinds("clip", "estimate", "render")
        await chatkut.quiet()
    assert len(aws.starts) == 1
    assert not aws.only.is_cancelled


@pytest.mark.slow
def test_a_killed_process_begins_no_film_twice_and_posts_it_once(
    tmp_path: Path,
    site: BridgeSite,
    beach: bytes,
    aws: LambdaServer,
    settings: dict[str, Any],
) -> None:
    service = Service(tmp_path, site, settings=environment(settings))
    site.bot = f"http://127.0.0.1:{service.port}"
    file = {"name": "beach.mp4", "url": site.clip("beach.mp4", Clip(beach))}
    about = {"channel": "launch", "author": "Ada"}
    aws.go_on.clear()
    try:
        service.start()
        service.be_ready()
        assert site.say({"id": "m1", "text": "", "attachments": [file], **about}) == 202
        assert site.wait(lambda posts: "clip" in kinds(posts))
        assert site.say({"id": "m2", "text": "render 720p", **about}) == 202
        for _ in range(2):
            polls = aws.only.polls if aws.renders else 0
            until_now(lambda polls=polls: aws.renders and aws.only.polls > polls)
            service.kill()
            service.start()
        service.be_ready()
        aws.go_on.set()
        assert site.wait(lambda posts: "render" in kinds(posts)), kinds(site.posts)
        service.stop()
    finally:
        service.end()
    assert len(aws.starts) == 1
    assert kinds(site.posts) == ["clip", "estimate", "render"]
    assert not aws.only.is_cancelled


def until_now(look: Any) -> None:
    from tests.chaos.service import until as found

    found(look, "the film is begun and followed")


def kinds(posts: list[Visible]) -> list[str]:
    """What was said, without progress."""
    return [post.content.kind for post in list(posts) if post.content.kind != "progress"]


@pytest.mark.slow
def test_it_does_not_start_without_a_bucket_that_aws_can_read_from(
    tmp_path: Path, site: BridgeSite, settings: dict[str, Any]
) -> None:
    bridge = {"bridge_url": site.url, "bridge_token": site.token}
    chosen = {name: value for name, value in settings.items() if not name.startswith("r2_")}
    data = {"data_dir": str(tmp_path / "data")}
    assert "set the CHATKUT_R2_ settings" in refusal(run(tmp_path, **chosen | bridge | data))


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"remotion_region": None}, "CHATKUT_REMOTION_REGION is missing"),
        (dict.fromkeys(NEEDED), "needs CHATKUT_REMOTION_REGION, CHATKUT_REMOTION_FUNCTION and"),
        ({"remotion_secret_access_key": None}, "CHATKUT_REMOTION_SECRET_ACCESS_KEY is missing"),
        ({"remotion_region": "cn-north-1"}, "no region that films can be made in"),
        (
            {"remotion_function": FUNCTION.replace("527", "539")},
            "is Remotion 4.0.539, and the package remotion-lambda here is 4.0.527",
        ),
        ({"remotion_function": "render"}, "which is no name of a function"),
        ({"remotion_site_url": "mysite"}, "which is no address"),
    ],
)
async def test_settings_that_cannot_work_are_told(
    settings: dict[str, Any], about: dict[str, str], sentence: str
) -> None:
    [found] = await check_renderer(Settings(**settings | about))
    assert not found.ok
    assert sentence in found.text


async def test_without_its_settings_the_way_back_is_told(
    house: House, settings: dict[str, Any]
) -> None:
    way_back = "SITE_URL. See docs/remotion.md, or take CHATKUT_RENDERER out."
    with pytest.raises(AdapterError, match=re.escape(way_back)):
        async with house.open(**settings | dict.fromkeys(NEEDED)):
            pass


async def test_without_the_package_it_is_said_how_to_install_it(
    house: House, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("bot.adapters.renderers.remotion.deployment.version", missing)
    with pytest.raises(AdapterError, match=re.escape("pip install 'chatkut[remotion]'")):
        async with house.open(**settings):
            pass


@pytest.fixture
def doctors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATKUT_DATA_DIR", str(tmp_path))
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


async def findings(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    await doctor.examine(as_json=True)
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return [each for each in found if each["name"].startswith("renderer")]


@pytest.mark.usefixtures("doctors")
async def test_the_doctor_asks_the_function_and_looks_at_the_site(
    capsys: pytest.CaptureFixture[str], aws: LambdaServer
) -> None:
    function, site = await findings(capsys)
    assert function["ok"]
    assert function["text"] == f"{FUNCTION} in {REGION} answers"
    assert site["ok"]
    assert site["text"] == f"{aws.site_url} is there"
    assert aws.starts == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SITE_URL", "{url}/elsewhere", "is no site of Remotion (404)"),
        ("SITE_URL", "http://127.0.0.1:1/", "is not reached (ConnectError)"),
        ("SITE_URL", "", "CHATKUT_REMOTION_SITE_URL is missing"),
        ("FUNCTION", FUNCTION.replace("2048", "3008"), "There is no function"),
    ],
)
async def test_the_doctor_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
    doctors: pytest.MonkeyPatch,
    aws: LambdaServer,
    name: str,
    value: str,
    sentence: str,
) -> None:
    doctors.setenv(f"CHATKUT_REMOTION_{name}", value.format(url=aws.url))
    wrong = [each for each in await findings(capsys) if not each["ok"]]
    assert len(wrong) == 1
    assert sentence in wrong[0]["text"]
    assert wrong[0]["advice"]
