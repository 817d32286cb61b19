import asyncio
import base64
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.adapters.upload_folder import OpenUpload, UploadFolder
from bot.ports import UploadRecord
from bot.web.tus_body import PIECE_BYTES
from bot.web.tus_rules import CLOUDFLARE, media_id
from tests.web.upload_site import PART, RULES, TUS, Site, encoded, upload_site

DATA = os.urandom(300_000)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with upload_site(tmp_path) as opened:
        yield opened


async def begun(site: Site, head: dict[str, str], path: str, data: bytes) -> asyncio.StreamWriter:
    """Send a PATCH that goes on after this."""
    _, writer = await asyncio.open_connection("127.0.0.1", site.client.base_url.port)
    lines = [f"PATCH {path} HTTP/1.1", "host: x", *(f"{k}: {v}" for k, v in (PART | head).items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + data)
    await writer.drain()
    return writer


async def written(site: Site, count: int) -> None:
    """Wait until so many bytes lie on the disk."""
    async with asyncio.timeout(60):
        while sum(map(len, site.files())) < count:  # noqa: ASYNC110 (a disk tells nobody)
            await asyncio.sleep(0.01)


async def test_an_upload_in_parts_arrives_whole_and_once(site: Site) -> None:
    path = await site.created(len(DATA))

    first = await site.patch(path, 0, DATA[:100_000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "100000")
    assert site.arrived == []
    last = await site.patch(path, 100_000, DATA[100_000:])
    again = await site.patch(path, len(DATA), b"")

    assert [last.status_code, again.status_code] == [204, 204]
    assert site.received() == [DATA]


async def test_an_upload_may_come_with_its_creation(site: Site) -> None:
    headers = PART | {"upload-length": str(len(DATA))}
    part = await site.client.post("/files", headers=headers, content=DATA[:10])
    whole = await site.client.post("/files", headers=headers, content=DATA)

    assert (part.status_code, part.headers["upload-offset"]) == (201, "10")
    assert (whole.status_code, whole.headers["upload-offset"]) == (201, str(len(DATA)))
    assert site.received() == [DATA]


async def test_an_empty_file_is_complete_at_once(site: Site) -> None:
    created = await site.create(0)

    assert created.status_code == 201
    assert (await site.head(created.headers["location"])).headers["upload-offset"] == "0"
    assert (await site.patch(created.headers["location"], 0, b"")).status_code == 204
    assert site.received() == [b""]


@pytest.mark.parametrize(
    "metadata",
    [
        f"filename {encoded('Käse 🧀.mp4')},filetype {encoded('video/mp4')},requiresignedurls",
        "requiresignedurls,name Y2xpcC5tcDQ=",
        f"filename {encoded('../../etc/passwd')}",
        f"name {encoded('a' * 3000)}",
    ],
)
async def test_metadata_is_kept_letter_by_letter(site: Site, metadata: str) -> None:
    created = await site.create(5, **{"upload-metadata": metadata})

    assert created.status_code == 201
    answer = await site.head(created.headers["location"])
    assert answer.headers["upload-metadata"] == metadata


@pytest.mark.parametrize(
    "metadata",
    ["filename %%", "a YQ==,a YQ==", ",a YQ==", "name YQ", f"name {encoded('a' * 4000)}", "a b c"],
)
async def test_metadata_that_nobody_can_read_is_refused(site: Site, metadata: str) -> None:
    assert (await site.create(5, **{"upload-metadata": metadata})).status_code == 400
    assert site.files() == []


async def test_a_finished_upload_is_known_until_it_expires(site: Site) -> None:
    path = await site.created(4)
    await site.patch(path, 0, b"clip")

    head = await site.head(path)
    assert (head.status_code, head.headers["upload-offset"]) == (200, "4")
    assert head.headers["upload-length"] == "4"
    assert head.headers["cache-control"] == "no-store"
    assert head.headers["upload-expires"].endswith("GMT")


async def test_an_expired_upload_is_gone_and_an_unknown_one_not_found(site: Site) -> None:
    site.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    path = await site.created(4)

    assert (await site.head(path)).status_code == 410
    assert (await site.patch(path, 0, b"clip")).status_code == 410
    assert (await site.head(f"/files/{'0' * 32}")).status_code == 404
    assert site.files() == [b""]


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "..", "%00", "a" * 5000, "%2e%2e/x"])
async def test_no_name_leads_out_of_the_folder(site: Site, name: str) -> None:
    assert (await site.patch(f"/files/{name}", 0, b"clip")).status_code in (404, 405)
    assert {path.name.partition(".")[0] for path in site.root.iterdir()} == {"chatkut"}


async def test_nobody_reaches_the_uploads_of_another_link(site: Site) -> None:
    path = await site.created(4)
    site.link = "other"

    assert (await site.head(path)).status_code == 404
    assert (await site.patch(path, 0, b"clip")).status_code == 404
    assert (await site.client.delete(path, headers=TUS)).status_code == 404
    assert site.files() == [b""]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"tus-resumable": "0.2.2"}, 412),
        ({"upload-offset": "1"}, 409),
        ({"upload-offset": "-1"}, 400),
        ({"upload-offset": "zero"}, 400),
        ({"upload-checksum": "md5 YQ=="}, 400),
        ({"upload-checksum": "sha1 YQ=="}, 400),
    ],
)
async def test_a_wrong_part_is_refused_before_a_byte_is_written(
    site: Site, headers: dict[str, str], status: int
) -> None:
    path = await site.created(4)

    answer = await site.patch(path, 0, b"clip", **headers)

    assert answer.status_code == status
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert site.files() == [b""]
    assert await site.offset(path) == 0


async def test_a_wrong_part_is_refused_before_its_body_is_read(site: Site) -> None:
    path = await site.created(4)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.base_url.port)
    head = PART | {
        "upload-offset": "2",
        "content-length": "2",
        "expect": "100-continue",
        "host": "x",
    }
    lines = [f"PATCH {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())

    answer = await asyncio.wait_for(reader.readline(), 60)

    writer.close()
    assert answer.startswith(b"HTTP/1.1 409")  # and not 100, which asks for the body


async def test_a_line_break_in_a_header_is_refused(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.base_url.port)
    writer.write(
        b"POST /files HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-length: 4\r\n"
        b"upload-metadata: name YQ==\rset-cookie: a=b\r\n\r\n"
    )

    answer = await asyncio.wait_for(reader.read(), 60)

    writer.close()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"set-cookie" not in answer
    assert site.files() == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"upload-length": "-4"}, 400),
        ({"upload-defer-length": "1"}, 400),
        ({"upload-length": str(RULES.most_bytes + 1)}, 413),
    ],
)
async def test_a_wrong_creation_is_refused(
    site: Site, headers: dict[str, str], status: int
) -> None:
    assert (await site.client.post("/files", headers=TUS | headers)).status_code == status
    assert site.files() == []


async def test_a_channel_has_a_quota(tmp_path: Path) -> None:
    async with upload_site(tmp_path, replace(RULES, channel_bytes=10)) as site:
        path = await site.created(6)
        refused = await site.create(5)
        await site.client.delete(path, headers=TUS)

        assert refused.status_code == 413
        assert "channel" in refused.json()["error"]
        assert (await site.create(5)).status_code == 201


async def test_a_file_for_which_there_is_no_disk_is_refused(tmp_path: Path) -> None:
    huge = 1 << 49
    async with upload_site(tmp_path, replace(RULES, most_bytes=huge, channel_bytes=huge)) as site:
        assert (await site.create(huge)).status_code == 507


@pytest.mark.parametrize("announced", [True, False])
async def test_more_than_was_announced_is_refused(site: Site, announced: bool) -> None:
    path = await site.created(4)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"clips"

    content = b"clips" if announced else chunks()
    answer = await site.client.patch(path, headers=PART | {"upload-offset": "0"}, content=content)

    assert answer.status_code == 413
    assert (await site.offset(path), site.arrived) == (0, [])


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_checksum_decides_whether_bytes_count(site: Site, algorithm: str) -> None:
    path = await site.created(len(DATA))
    right = base64.b64encode(hashlib.new(algorithm, DATA).digest()).decode()
    told = {"upload-checksum": f"{algorithm} {right}"}

    wrong = await site.patch(path, 0, DATA[:-1] + b"x", **told)
    assert (wrong.status_code, await site.offset(path)) == (460, 0)
    assert (await site.patch(path, 0, DATA, **told)).status_code == 204
    assert site.received() == [DATA]


async def test_an_upload_can_be_given_up(site: Site) -> None:
    path = await site.created(4)
    await site.patch(path, 0, b"cl")

    assert (await site.client.delete(path, headers=TUS)).status_code == 204
    assert (await site.head(path)).status_code == 404
    assert site.files() == []


async def test_what_has_arrived_can_not_be_given_up(site: Site) -> None:
    path = await site.created(4)
    await site.patch(path, 0, b"clip")

    assert (await site.client.delete(path, headers=TUS)).status_code == 409
    assert site.files() == [b"clip"]


@pytest.mark.parametrize("path", ["/files", "/files/", f"/files/{'0' * 32}"])
async def test_what_the_server_can_do_is_told_to_everybody(site: Site, path: str) -> None:
    answer = await site.client.options(path)

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination",
    }  # fmt: skip
    assert answer.headers["tus-max-size"] == str(RULES.most_bytes)
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
    exposed = answer.headers["access-control-expose-headers"]
    assert {"Location", "Upload-Offset", "stream-media-id"} <= set(exposed.split(", "))


async def test_an_address_is_not_made_of_what_a_request_says(site: Site) -> None:
    created = await site.create(4, host="evil.example", **{"x-forwarded-host": "evil.example"})

    assert created.headers["location"].startswith("/files/")


async def test_a_half_open_connection_makes_way_for_a_new_one(site: Site) -> None:
    path, half = await site.created(len(DATA)), PIECE_BYTES
    old = await begun(
        site, {"upload-offset": "0", "content-length": str(len(DATA))}, path, DATA[:half]
    )
    await written(site, half)

    async with asyncio.timeout(60):
        offset = await site.offset(path)
        done = await site.patch(path, offset, DATA[offset:])
        old.close()

    assert (offset, done.status_code) == (half, 204)
    assert site.received() == [DATA]


async def test_of_two_clients_the_newer_one_goes_on(site: Site) -> None:
    path = await site.created(len(DATA))
    told = {"upload-offset": "0", "content-length": str(len(DATA))}
    older = [await begun(site, told, path, b"") for _ in range(3)]

    async with asyncio.timeout(60):
        # A request counts from when its upload was found: an older one may be newer by that.
        while (newer := await site.patch(path, 0, DATA)).status_code == 409:
            pass

    assert newer.status_code == 204
    for writer in older:
        writer.close()
    assert site.received() == [DATA]


async def test_clients_that_keep_asking_do_not_keep_another_from_sending(site: Site) -> None:
    data = os.urandom(1 << 20)
    path = await site.created(len(data))

    async def slowly(offset: int) -> AsyncIterator[bytes]:
        for start in range(offset, len(data), 32 << 10):
            await asyncio.sleep(0.02)
            yield data[start : start + (32 << 10)]

    async def send() -> None:
        async with httpx.AsyncClient(timeout=60, base_url=site.client.base_url) as client:
            offset = 0
            while offset < len(data):
                told = {"upload-offset": str(offset), "content-length": str(len(data) - offset)}
                with suppress(httpx.TransportError):  # it is answered before all was sent
                    await client.patch(path, headers=PART | told, content=slowly(offset))
                offset = await site.offset(path)

    async def ask() -> None:
        while await site.offset(path) < len(data):
            pass

    async with asyncio.timeout(60):
        await asyncio.gather(send(), ask(), ask(), ask())

    assert site.received() == [data]


async def test_what_a_client_that_leaves_has_sent_is_kept(site: Site) -> None:
    path = await site.created(len(DATA))
    told = {"upload-offset": "0", "content-length": str(len(DATA))}
    writer = await begun(site, told, path, DATA[:PIECE_BYTES])
    await written(site, PIECE_BYTES)
    writer.close()

    offset = await site.offset(path)
    await site.patch(path, offset, DATA[offset:])

    assert (offset, site.received()) == (PIECE_BYTES, [DATA])


@pytest.mark.parametrize("drop", [b"", b"x"])
async def test_who_sends_next_to_nothing_is_not_waited_for(tmp_path: Path, drop: bytes) -> None:
    async with upload_site(tmp_path, piece_seconds=0.3) as site:
        path = await site.created(len(DATA))
        reader, writer = await asyncio.open_connection("127.0.0.1", site.client.base_url.port)
        head = PART | {"upload-offset": "0", "content-length": str(len(DATA)), "host": "x"}
        lines = [f"PATCH {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + b"begin")
        answer = asyncio.create_task(reader.readline())
        while not answer.done():
            writer.write(drop)
            await asyncio.wait([answer], timeout=0.05)
        writer.close()

        assert (await answer).startswith(b"HTTP/1.1 408")
        assert await site.offset(path) >= 5
        assert site.arrived == []


async def test_bytes_beyond_the_record_do_not_count(site: Site) -> None:
    path = await site.created(8)
    await site.patch(path, 0, b"clip")
    file = site.folder / path.rpartition("/")[2]
    file.write_bytes(b"clip and what a killed process wrote")

    await site.patch(path, 4, b"s.mp")

    assert site.received() == [b"clips.mp"]


async def test_an_upload_whose_bytes_are_gone_begins_anew(site: Site) -> None:
    path = await site.created(8)
    await site.patch(path, 0, b"clip")
    (site.folder / path.rpartition("/")[2]).write_bytes(b"cl")

    assert (await site.patch(path, 4, b"s.mp")).status_code == 410
    assert (await site.head(path)).status_code == 404


async def test_an_upload_that_another_process_writes_is_locked(site: Site) -> None:
    path = await site.created(4)
    with (site.folder / path.rpartition("/")[2]).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert (await site.patch(path, 0, b"clip")).status_code == 423

    assert (await site.patch(path, 0, b"clip")).status_code == 204
    assert site.received() == [b"clip"]


async def test_an_upload_that_another_process_has_just_completed_is_not_cut(
    tmp_path: Path,
) -> None:
    class Late(UploadFolder):
        """Opens files when another process has just let go of them."""

        def open(self, upload_id: str) -> OpenUpload:
            (tmp_path / "uploads" / upload_id).write_bytes(b"clip")
            assert asyncio.run(theirs.advance(record(upload_id), 4))
            return super().open(upload_id)

    def record(upload_id: str) -> UploadRecord:
        found = asyncio.run(theirs.find(upload_id))
        assert found is not None
        return found

    async with upload_site(tmp_path, folder=Late(tmp_path / "uploads")) as site:
        theirs = site.uploads
        path = await site.created(4)

        assert (await site.patch(path, 0, b"xy")).status_code == 409
        assert site.files() == [b"clip"]
        assert await site.offset(path) == 4


async def test_an_upload_that_nobody_could_take_is_found_later(site: Site) -> None:
    path = await site.created(4)
    site.is_deaf = True

    assert (await site.patch(path, 0, b"clip")).status_code == 204
    assert [upload.state for upload in await site.uploads.waiting()] == ["complete"]


# --- the rules of Cloudflare Stream ----------------------------------------------------------

LEAST, STEP = CLOUDFLARE.least_chunk, CLOUDFLARE.chunk_step


@pytest.mark.parametrize(
    ("total", "chunk", "status"),
    [
        (LEAST + STEP + 1, LEAST, 204),
        (LEAST + STEP + 1, LEAST + STEP, 204),
        (LEAST + STEP + 1, LEAST + 1, 400),
        (LEAST + STEP + 1, LEAST - STEP, 400),
        (1000, 1000, 204),
        (1000, 999, 400),
    ],
)
async def test_strict_rules_of_chunks(tmp_path: Path, total: int, chunk: int, status: int) -> None:
    async with upload_site(tmp_path, CLOUDFLARE) as site:
        path = await site.created(total)

        assert (await site.patch(path, 0, bytes(chunk))).status_code == status
        assert await site.offset(path) == (chunk if status == 204 else 0)


async def test_strict_rules_limit_a_chunk(tmp_path: Path) -> None:
    async with upload_site(tmp_path, CLOUDFLARE) as site:
        path = await site.created(300 << 20)
        told = {"upload-offset": "0", "content-length": str(201 << 20)}
        writer = await begun(site, told, path, b"")
        writer.close()

        assert (
            await site.client.post("/files", headers=PART | {"upload-length": "x"})
        ).status_code == 400
        assert await site.offset(path) == 0


async def test_a_stream_has_an_id_and_its_bytes_an_address_elsewhere(tmp_path: Path) -> None:
    rules = replace(CLOUDFLARE, location="https://upload.example/tus", allow_origin="*")
    async with upload_site(tmp_path, rules) as site:
        created = await site.create(4)

        secret = created.headers["location"].removeprefix("https://upload.example/tus/")
        assert created.headers["stream-media-id"] == media_id(secret)
        assert created.headers["access-control-allow-origin"] == "*"
        assert (await site.patch(f"/files/{secret}", 0, b"clip")).status_code == 204
