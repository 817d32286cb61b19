"""The few stand-ins of our own ports: a chat that remembers, a planner that is told its plans."""

import asyncio
import json
from dataclasses import dataclass, field

from bot.engine.plan import Plan
from bot.ports import Edits, Message, Outcome, Reply, Request


@dataclass
class RememberingChat:
    """Keeps what was posted."""

    replies: list[Reply] = field(default_factory=list)
    posted: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, message: Message, reply: Reply) -> None:  # noqa: ARG002
        self.replies.append(reply)
        self.posted.set()

    async def heard(self, words: str) -> None:
        """Wait until something with these words was posted."""
        while not any(words in reply.text for reply in self.replies):
            self.posted.clear()
            await self.posted.wait()

    def kinds(self) -> list[str]:
        return [reply.kind for reply in self.replies if reply.kind != "progress"]

    def last(self) -> Reply:
        return self.replies[-1]


@dataclass
class TaughtPlanner:
    """Answers what it was taught for a text; else reads the text as JSON operations."""

    answers: dict[str, Outcome] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    async def plan(self, request: Request) -> Outcome:
        self.requests.append(request)
        if request.text in self.answers:
            return self.answers[request.text]
        return Edits(Plan.model_validate({"operations": json.loads(request.text)}))
