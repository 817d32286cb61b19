"""What was set for channels, in SQL."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from bot.adapters.store.tables import SettingRow
from bot.ports import Setting


def settings_of(session: Session, channel: str) -> tuple[Setting, ...]:
    """What was set for a channel, by name."""
    rows = select(SettingRow).where(SettingRow.channel_key == channel)
    return tuple(
        Setting(row.name, row.value, row.label)
        for row in session.exec(rows.order_by(col(SettingRow.name)))
    )


def put(session: Session, channel: str, settings: Sequence[Setting]) -> None:
    """Set something; without a value the default holds again."""
    for setting in settings:
        row = session.get(SettingRow, (channel, setting.name))
        if setting.value:
            row = row or SettingRow(channel_key=channel, name=setting.name, value="")
            row.value, row.label = setting.value, setting.label
            session.add(row)
        elif row is not None:
            session.delete(row)
        session.flush()
