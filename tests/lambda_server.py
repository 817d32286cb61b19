"""A stand-in of Remotion Lambda on loopback: a function that makes real films, and its bucket.

It answers as the function of Remotion 4.0.527 does, and as AWS does where that does not let a
request through. Its bucket is one of `s3rver`. A render reads every address of its document, as
a browser would, and makes a film of the wanted size, rate and length with ffmpeg.
"""

import json
import re
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import httpx
from botocore.exceptions import ClientError

from bot.adapters.media.s3 import Access, Bucket
from bot.adapters.process import ffmpeg_exe
from tests.s3 import S3_KEY

Json = dict[str, Any]

VERSION = "4.0.527"
REGION = "us-east-1"
FUNCTION = "remotion-render-4-0-527-mem2048mb-disk10240mb-240sec"
BUCKET = "remotionlambda-useast1-chatkut"
COST = 0.00123
BILLED_MILLISECONDS = 4567.0

_SITE = "<html><script>window.siteVersion = '11';</script></html>"
_INVOKED = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"

Fault = Callable[["Answer"], None]
"""What happens to a start instead of an answer; see `throttled` and its neighbours."""


@dataclass
class Render:
    """A render, as the function knows it."""

    id: str
    asked: Json
    document: Json
    begun: float = field(default_factory=time.time)
    fraction: float = 0
    errors: list[Json] = field(default_factory=list)
    is_done: bool = False
    is_cancelled: bool = False
    polls: int = 0

    @property
    def key(self) -> str:
        return f"renders/{self.id}/{self.asked['outName']}"

    @property
    def has_failed(self) -> bool:
        return any(each["isFatal"] and not each["willRetry"] for each in self.errors)

    def fail(self, message: str, *, fatal: bool = True, **more: Any) -> None:
        """Have it fail, or only list an error while it goes on."""
        about = {"type": "renderer", "name": "Error", "stack": "at …", "frame": 1, "chunk": 0}
        about |= {"attempt": 1, "totalAttempts": 2, "explanation": None, "willRetry": False}
        self.errors.append(about | {"message": message, "isFatal": fatal} | more)


class LambdaServer:
    """The stand-in; set its fields before a film is asked for.

    `faults` befall the next starts, one each. Films wait for `go_on`. For `shy_polls` polls a
    render is unknown. `make` makes the film; `status_faults` befall the next polls.
    """

    def __init__(self, s3_url: str) -> None:
        self.go_on = threading.Event()
        self.reset()
        self.files = Bucket(Access(s3_url, BUCKET, S3_KEY, S3_KEY)).client
        with suppress(ClientError):  # it may be there from before
            self.files.create_bucket(Bucket=BUCKET)
        handler = type("Handler", (Answer,), {"world": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._threads: list[threading.Thread] = []

    def reset(self) -> None:
        """Forget everything, as if nothing had ever been asked."""
        self.renders: dict[str, Render] = {}
        self.starts: list[Json] = []
        self.faults: list[Fault] = []
        self.status_faults: list[Fault] = []
        self.shy_polls = 0
        self.version = VERSION
        self.on_begun: Callable[[Render], None] = lambda _: None
        self.make: Callable[[Json, Path], None] = film
        self.go_on.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def site_url(self) -> str:
        return f"{self.url}/sites/chatkut/index.html"

    @property
    def only(self) -> Render:
        """The one render that there is."""
        (render,) = self.renders.values()
        return render

    def environment(self, s3_url: str) -> dict[str, str]:
        """Where boto3 finds AWS."""
        return {"AWS_ENDPOINT_URL_LAMBDA": self.url, "AWS_ENDPOINT_URL_S3": s3_url}

    def begin(self, asked: Json) -> Render:
        document = json.loads(self._props(asked["inputProps"]))["ir"]
        render = Render(f"1-day-{secrets.token_hex(5)}", asked, document)
        self.renders[render.id] = render
        self.keep(render, None)
        doing = [render, self.on_begun, self.make]  # whatever comes after a `reset`
        thread = threading.Thread(target=self._work, args=doing, daemon=True)
        self._threads.append(thread)
        thread.start()
        return render

    def _props(self, sent: Json) -> str | bytes:
        """What was sent, in the request or, if it is large, beside it."""
        if sent["type"] == "payload":
            return str(sent["payload"])
        key = f"input-props/{sent['hash']}.json"
        return self.files.get_object(Bucket=sent["bucketName"], Key=key)["Body"].read()

    def keep(self, render: Render, metadata: Json | None) -> None:
        """Write what Remotion writes beside a render."""
        told = {"cancellationEnabled": render.asked["enableCancellation"]}
        body = json.dumps(told | {"renderMetadata": metadata}).encode()
        self.files.put_object(
            Bucket=BUCKET, Key=f"renders/{render.id}/progress.json", Body=body, Metadata={}
        )

    def was_cancelled(self, render: Render) -> bool:
        key = f"renders/{render.id}/cancel.json"
        found = self.files.list_objects_v2(Bucket=BUCKET, Prefix=key)
        return bool(found.get("KeyCount"))

    def _work(
        self,
        render: Render,
        on_begun: Callable[[Render], None],
        make: Callable[[Json, Path], None],
    ) -> None:
        about = {"outName": render.asked["outName"], "startedDate": render.begun * 1000}
        self.keep(render, about | {"renderId": render.id})
        render.fraction = 0.3
        on_begun(render)
        while not self.go_on.wait(0.02):
            if self.was_cancelled(render):
                render.is_cancelled = True
                return render.fail("The render was cancelled")
        if render.has_failed:
            return None
        try:
            for url in render.document["media"]:
                self._read(url)
        except httpx.HTTPError as error:
            return render.fail(f"Cannot load: {error}")
        render.fraction = 0.8
        with TemporaryDirectory() as folder:
            path = Path(folder, "film.mp4")
            make(render.document, path)
            self.files.upload_file(str(path), BUCKET, render.key)
        render.is_done = True
        return None

    def _read(self, url: str) -> None:
        beginning = {"Range": "bytes=0-99"}
        httpx.get(url, headers=beginning, trust_env=False, timeout=60).raise_for_status()

    def __enter__(self) -> "LambdaServer":
        threading.Thread(target=self._http.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        for thread in self._threads:
            thread.join(60)
        self._http.shutdown()
        self._http.server_close()
        self.files.close()


class Answer(BaseHTTPRequestHandler):
    """One request, and what it is answered."""

    world: LambdaServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.send(200 if self.path.startswith("/sites/chatkut/") else 404, _SITE, "text/html")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        invoked = _INVOKED.fullmatch(self.path)
        if f"Credential={S3_KEY}/" not in self.headers.get("Authorization", ""):
            return self.refuse(403, "UnrecognizedClientException", "The token is invalid.")
        if invoked is None or unquote(invoked[1]) != FUNCTION:
            return self.refuse(404, "ResourceNotFoundException", "Function not found")
        asked = json.loads(body, parse_constant=_no_json)
        if asked["version"] != self.world.version:
            return self.error(
                "Error: Version mismatch: When calling renderMediaOnLambda(), you passed "
                f"{asked['version']}, but the function is {self.world.version}"
            )
        if asked["type"] == "start":
            return self._start(asked)
        return self._status(asked)

    def _start(self, asked: Json) -> None:
        self.world.starts.append(asked)
        if self.world.faults:
            return self.world.faults.pop(0)(self)
        render = self.world.begin(asked)
        return self.answer({"type": "success", "bucketName": BUCKET, "renderId": render.id})

    def _status(self, asked: Json) -> None:
        if self.world.status_faults:
            return self.world.status_faults.pop(0)(self)
        render = self.world.renders.get(asked["renderId"])
        if render is not None:
            render.polls += 1
        if render is None or render.polls <= self.world.shy_polls:
            return self.error(f'TypeError: No render with ID "{asked["renderId"]}" found')
        return self.answer(_progress(render))

    def error(self, message: str) -> None:
        self.answer({"type": "error", "message": message, "stack": "at …"})

    def answer(self, content: Json) -> None:
        self.send(200, json.dumps(content), "application/json")

    def refuse(self, status: int, code: str, message: str) -> None:
        body = json.dumps({"Type": "User", "message": message})
        self.send(status, body, "application/json", {"x-amzn-ErrorType": code})

    def send(
        self, status: int, body: str, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        """Close the connection without a word."""
        self.close_connection = True
        self.connection.close()


# --- faults --------------------------------------------------------------------------------------


def throttled(answer: Answer) -> None:
    """AWS runs no more functions."""
    answer.refuse(429, "TooManyRequestsException", "Rate Exceeded.")


def crashed(answer: Answer) -> None:
    """The function broke down."""
    text = "RequestId: 1 Error: Runtime exited with error: signal: killed"
    answer.answer({"errorMessage": text, "errorType": "Runtime.ExitError"})


def broken(answer: Answer) -> None:
    """AWS has trouble."""
    answer.refuse(500, "ServiceException", "An error occurred and the request cannot be processed.")


def nonsense(answer: Answer) -> None:
    """What comes is no JSON."""
    answer.send(200, "{{<html>", "application/json")


def begun_silently(answer: Answer) -> None:
    """It begins, and the answer is lost on its way."""
    answer.world.begin(answer.world.starts[-1])
    answer.hang_up()


def lost(answer: Answer) -> None:
    """It does not begin, and nobody says so."""
    answer.hang_up()


# --- films ---------------------------------------------------------------------------------------


def film(document: Json, out: Path, *, frames: int | None = None) -> None:
    """Make a film as a document wants it, or with another number of frames.

    It has a tone from its beginning to its end, which comes as late as in Remotion's films.
    """
    width, height = document["canvas"]
    rate = "/".join(map(str, document["fps"]))
    count = frames or document["frames"]
    seconds = count * document["fps"][1] / document["fps"][0]
    picture = f"testsrc2=size={width}x{height}:rate={rate},trim=end_frame={count}"
    _ffmpeg(
        *("-f", "lavfi", "-i", picture),
        *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds:.6f}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-vf", _BT709),
        *(
            "-pix_fmt",
            "yuv420p",
            "-af",
            "volume=18dB,adelay=2048S:all=1",
            "-c:a",
            "aac",
            "-ac",
            "2",
        ),
        out,
    )


def too_short(document: Json, out: Path) -> None:
    """Make a film that lacks its last frame."""
    film(document, out, frames=document["frames"] - 1)


def no_film(_: Json, out: Path) -> None:
    """Make something that is no film."""
    out.write_bytes(b"no film at all")


def _ffmpeg(*arguments: str | Path) -> None:
    command = [ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def _progress(render: Render) -> Json:
    """What `getRenderProgress` tells."""
    done = render.is_done
    return {
        "type": "success",
        "renderId": render.id,
        "bucket": BUCKET,
        "overallProgress": 1 if done else render.fraction,
        "done": done,
        "fatalErrorEncountered": not done and render.has_failed,
        "errors": render.errors,
        "costs": {
            "accruedSoFar": COST if done else COST / 3,
            "displayCost": "$0.001",
            "currency": "USD",
            "disclaimer": "Estimated cost only. Does not include charges for other AWS services.",
        },
        "estimatedBillingDurationInMilliseconds": BILLED_MILLISECONDS if done else None,
        "outBucket": BUCKET if done else None,
        "outKey": render.key if done else None,
        "outputFile": f"https://s3.{REGION}.amazonaws.com/{BUCKET}/{render.key}" if done else None,
        "lambdasInvoked": 1,
        "framesRendered": 0,
        "renderMetadata": None,
        "timeToFinish": 2345 if done else None,
    }


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


@contextmanager
def lambda_server(s3_url: str) -> Iterator[LambdaServer]:
    """A stand-in while it runs."""
    with LambdaServer(s3_url) as server:
        yield server
