"""Keys and a slot enter; the value they mean leaves, or None."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from ivr.events import Slot
from ivr.flow import days, slots_codes
from ivr.flow.slots_spans import Value, amount, of_length, plain

_MOST = {
    "yes_no": 1,
    "number": 12,
    "money": 12,
    "date": 4,
    "time": 4,
    "date_time": 8,
    "phone": slots_codes.PHONE_LENGTHS[1],
    "card": slots_codes.CARD_LENGTHS[1],
    "id_number": 18,
    "id_tail": 4,
    "spelling": 0,
    "text": 0,
}


def most_keys(slot: Slot) -> int:
    """The most keys that a value can need; 0 where none can be keyed."""
    if slot.type == "digits":
        return slot.max_length
    if slot.type == "one_of":
        return max((len(choice.keys) for choice in slot.choices), default=0)
    return _MOST[slot.type]


def parse_keys(keys: str, slot: Slot, today: date) -> Value | None:
    """yes_no: 1 or 2. money: * is the decimal point. date: MMDD, the next such day. time: HHMM of
    24 hours. date_time: MMDDHHMM. id_number: * for X. one_of: as each choice says."""
    match slot.type:
        case "yes_no":
            return {"1": True, "2": False}.get(keys)
        case "id_number":
            return slots_codes.id_number(keys.replace("*", "X"))
        case "id_tail":
            return slots_codes.id_tail(keys.replace("*", "X"))
        case "one_of":
            return next((choice.value for choice in slot.choices if keys and choice.keys == keys), None)
        case "number" | "money":
            return _number(keys, slot)
        case "spelling" | "text":
            return None
    if not (keys.isascii() and keys.isdigit()):
        return None
    match slot.type:
        case "digits":
            return of_length(keys, slot)
        case "phone":
            return slots_codes.phone(keys)
        case "card":
            return slots_codes.card(keys)
        case "date":
            return _day(keys, today)
        case "time":
            return _time(keys)
    day, clock = _day(keys[:4], today), _time(keys[4:])
    return datetime.combine(day, clock) if day and clock is not None else None


def _day(keys: str, today: date) -> date | None:
    return days.on_month_day(int(keys[:2]), int(keys[2:]), today) if len(keys) == 4 else None


def _time(keys: str) -> time | None:
    if len(keys) != 4 or int(keys[:2]) > 23 or int(keys[2:]) > 59:
        return None
    return time(int(keys[:2]), int(keys[2:]))


def _number(keys: str, slot: Slot) -> Value | None:
    whole, _, fraction = keys.partition("*")
    if not all(part.isascii() and part.isdigit() for part in (whole, fraction or "0")):
        return None
    value = Decimal(f"{whole}.{fraction or 0}")
    if slot.type == "number":
        return plain(value)
    return amount(value) if value else None  # 0 alone is a universal command's key
