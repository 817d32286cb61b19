"""What the stand-in of Cloudflare Stream keeps, and how it behaves."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.web.tus_rules import CLOUDFLARE

SECRET = "85011ed3a913c6ad5f9cf6c5573cc0a7"  # noqa: S105


@dataclass
class Kept:
    """A video as the stand-in has it."""

    uid: str
    length: int
    meta: dict[str, str]
    state: str = "pendingupload"
    percent: str = "0.000000"
    seconds: float = -1
    path: Path = field(default=Path())
    error: str = ""
    mp4: str = ""
    captions: dict[str, str] = field(default_factory=dict)
    is_signed: bool = False
    creator: str | None = None

    @property
    def content(self) -> bytes:
        return self.path.read_bytes()

    def begun(self) -> None:
        """All bytes are there."""
        self.state = "queued"

    def ready(self, seconds: float = 12.5, percent: str = "100.000000") -> None:
        self.state, self.seconds, self.percent = "ready", seconds, percent

    def fail(self, code: str) -> None:
        self.state, self.error = "error", code

    def told(self, error_key: str = "errorReason") -> dict[str, Any]:
        """The video as the API tells of it."""
        status: dict[str, Any] = {"state": self.state, "pctComplete": self.percent}
        if self.error:
            status |= {f"{error_key}Code": self.error, f"{error_key}Text": "…"}
        home = f"https://customer-abc123.cloudflarestream.com/{self.uid}"
        return {
            "uid": self.uid,
            "status": status,
            "readyToStream": self.state == "ready",
            "duration": self.seconds,
            "input": {"width": -1, "height": -1},
            "size": self.length,
            "meta": self.meta,
            "creator": self.creator,
            "preview": f"{home}/watch",
            "thumbnail": f"{home}/thumbnails/thumbnail.jpg",
            "playback": {
                "hls": f"{home}/manifest/video.m3u8",
                "dash": f"{home}/manifest/video.mpd",
            },
            "requireSignedURLs": self.is_signed,
        }

    def event(self, secret: str = SECRET, ago: float = 0) -> tuple[bytes, str]:
        """What a webhook brings: body and signature."""
        body = json.dumps(self.told()).encode()
        stamp = str(int(time.time() - ago))
        digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
        return body, f"time={stamp},sig1={digest.hexdigest()}"


@dataclass
class Rules:
    """How the stand-in behaves."""

    most_encoding: int = 120
    minutes_left: float = 1000
    most_chunk: int = CLOUDFLARE.most_chunk or 0
    upload_status: list[int] = field(default_factory=list)
    """What the next requests to an upload are answered with; 0 is as usual."""
    api_status: list[int] = field(default_factory=list)
    location: str = ""
    """Where uploads go, "{upload}" being replaced; usually to the second origin."""
    error_key: str = "errorReason"
    mp4_home: str = ""
    silent: set[str] = field(default_factory=set)
    """The uids of videos that it does not tell of just now."""
    lose_creations: int = 0
    """So many videos are made, and answered as if the server had crashed."""
    lose_answers: int = 0
    """So many chunks are kept, and answered as if the server had crashed."""
    is_forgetful: bool = False
    """Chunks are taken, and not kept."""
    hold_at: int = -1
    """A chunk that goes beyond this offset waits there, once."""
