"""What operations share: their wire form, and the choice of what they are about."""

from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from bot.engine.composition import Composition
from bot.engine.errors import InvalidEdit
from bot.engine.layout import Placed
from bot.engine.operations.edit import Edit
from bot.engine.operations.wire import flattened, nested
from bot.engine.record import Record
from bot.engine.select import Selector
from bot.engine.timebase import Seconds


class Operation(Record):
    """One step of a plan: data, and a pure `apply`. Each subclass fixes `action`."""

    @model_validator(mode="before")
    @classmethod
    def _from_wire(cls, wire: Any) -> Any:
        return flattened(wire, cls.model_fields) if isinstance(wire, dict) else wire

    @model_serializer(mode="wrap")
    def _to_wire(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return nested(fields(self))

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        """Return the composition after this step.

        Raises:
            NothingSelected: The selector means no item.
            InvalidEdit: It cannot be done; the message says what is possible.
        """
        raise NotImplementedError


class Targeted(Operation):
    """An operation on the items of a selector, or on a stretch of time.

    With `start` or `end` (seconds of the timeline) items are split at the edges first, and only the
    parts inside are meant; without a selector those of the main track. An edge inside a transition
    counts as the cut.
    """

    selector: Selector | None = None
    start: Seconds | None = None
    end: Seconds | None = None

    @property
    def is_stretch(self) -> bool:
        """Whether a stretch of time is meant rather than whole items."""
        return self.start is not None or self.end is not None

    def targets(self, comp: Composition, edit: Edit) -> tuple[Composition, tuple[Placed, ...]]:
        """The items meant, split at the edges of the stretch."""
        if self.is_stretch:
            return edit.split_out(comp, self.selector, (self.start or 0, self.end))
        if self.selector is None:
            raise InvalidEdit("This edit names neither an item nor a stretch of time.")
        return comp, edit.select(self.selector, comp)
