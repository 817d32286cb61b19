"""What Slack accepts as blocks of a message; anything else is `invalid_blocks`.

https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator


def _size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _at_most(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        assert 1 <= _size(text) <= limit, f"must be 1 to {limit} characters long"
        assert text.strip(), "must not be blank"
        return text

    return AfterValidator(check)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Mrkdwn(_Strict):
    type: Literal["mrkdwn"]
    text: Annotated[str, _at_most(3000)]
    verbatim: bool = False


class Label(_Strict):
    type: Literal["plain_text"]
    text: Annotated[str, _at_most(75)]
    emoji: bool = True


class Button(_Strict):
    type: Literal["button"]
    text: Label
    action_id: Annotated[str, _at_most(255)]
    value: Annotated[str, _at_most(2000)]


class SlackFile(_Strict):
    id: Annotated[str, Field(pattern=r"^F[A-Z0-9]{8,}$")]


class Section(_Strict):
    type: Literal["section"]
    text: Mrkdwn


class Context(_Strict):
    type: Literal["context"]
    elements: Annotated[list[Mrkdwn], Field(min_length=1, max_length=10)]


class Image(_Strict):
    type: Literal["image"]
    slack_file: SlackFile
    alt_text: Annotated[str, _at_most(2000)]


class Actions(_Strict):
    type: Literal["actions"]
    elements: Annotated[list[Button], Field(min_length=1, max_length=25)]

    @model_validator(mode="after")
    def ids_are_unique(self) -> "Actions":
        assert len({button.action_id for button in self.elements}) == len(self.elements)
        return self


class Words(_Strict):
    type: Literal["plain_text"]
    text: Annotated[str, _at_most(199)]
    emoji: bool = True


_Https = Annotated[str, Field(pattern=r"^https://")]


class VideoBlock(_Strict):
    type: Literal["video"]
    title: Words
    title_url: _Https
    description: Words
    video_url: _Https
    thumbnail_url: _Https
    alt_text: Annotated[str, _at_most(2000)]
    provider_name: Annotated[str, _at_most(49)]


Block = Annotated[Section | Context | Image | Actions | VideoBlock, Field(discriminator="type")]
MESSAGE: TypeAdapter[list[Block]] = TypeAdapter(Annotated[list[Block], Field(max_length=50)])
VIEW: TypeAdapter[list[Block]] = TypeAdapter(Annotated[list[Block], Field(max_length=100)])


def texts(blocks: list[Block]) -> list[str]:
    """The texts of blocks in order, as they were sent, without those of buttons."""
    found = []
    for block in blocks:
        match block:
            case Section(text=text):
                found.append(text.text)
            case Context(elements=elements):
                found += [element.text for element in elements]
    return found


def buttons(blocks: list[Block]) -> list[Button]:
    rows = [block.elements for block in blocks if isinstance(block, Actions)]
    return [button for row in rows for button in row]
