"""A plan: what one message changes. All of it happens, or nothing."""

from pydantic import Field, ValidationError

from bot.engine.composition import Composition
from bot.engine.errors import InvalidEdit
from bot.engine.layout import layout
from bot.engine.operations import AnyOperation, Edit
from bot.engine.record import Record
from bot.engine.rules import check, settle

_MOST_ITEMS = 20_000


class Plan(Record):
    """An ordered list of operations."""

    operations: tuple[AnyOperation, ...] = Field(default=(), max_length=500)

    def apply(self, comp: Composition, serial: int) -> Composition:
        """Return the composition after all operations.

        Args:
            comp: The composition as it stands before the message.
            serial: The number of the revision to come; new ids are made from it.

        Raises:
            EngineError: One of them cannot be done, or the result would break a rule.
        """
        edit = Edit(layout(comp), serial)
        try:
            for operation in self.operations:
                comp = operation.apply(comp, edit)
                if len(comp.items) > _MOST_ITEMS:
                    raise InvalidEdit(f"A film can hold {_MOST_ITEMS:,} items at most.")
            comp = settle(comp)
        except ValidationError as error:
            raise InvalidEdit(_sentence(error)) from error
        check(comp)
        return comp


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"][-1:]) or "This"
    return f"{field.replace('_', ' ').capitalize()}: {first['msg'].removeprefix('Value error, ')}."


def focus_of(plan: Plan, before: Composition, after: Composition) -> tuple[str, ...]:
    """The items that a plan was about: those that it made, then those that it names."""
    timeline = layout(before)
    selectors = (getattr(operation, "selector", None) for operation in plan.operations)
    named = [key for each in selectors if each for key in sorted(each.pick(timeline))]
    made = [key for key in after.items if key not in before.items]
    return tuple(key for key in dict.fromkeys([*made, *named]) if key in after.items)
