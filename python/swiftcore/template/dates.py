"""Dates in templates: `{{DATE:%d %b %Y}}` stands for the current day, written that way.

The names of days and months are English whatever the locale, as models were trained on them. This reads no
clock: the day is an argument.
"""

from __future__ import annotations

import datetime
import re

__all__ = ["date_problem", "write_dates"]

_PLACEHOLDER = re.compile(r"\{\{DATE(?::([^{}]*))?\}\}")
_DIRECTIVE = re.compile(r"%(-?.)", re.DOTALL)

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_KNOWN = ("%d", "%-d", "%m", "%-m", "%y", "%Y", "%b", "%B", "%a", "%A", "%j", "%%")


def write_dates(text: str, day: datetime.date) -> str:
    """`text` with each date placeholder written out for `day`.

    >>> write_dates("Today Date: {{DATE:%d %b %Y}}", datetime.date(2026, 11, 2))
    'Today Date: 02 Nov 2026'
    >>> write_dates("{{DATE:%A, %B %-d}}", datetime.date(2026, 11, 2))
    'Monday, November 2'
    """
    return _PLACEHOLDER.sub(lambda found: _format(found[1] or "", day), text)


def date_problem(text: str) -> str | None:
    """What is wrong with the date placeholders of `text`, or None.

    >>> date_problem("{{DATE:%Y-%m-%d}}")
    >>> date_problem("{{DATE}}")
    '{{DATE}} does not say how to write the date; write {{DATE:%Y-%m-%d}}'
    """
    for found in _PLACEHOLDER.finditer(text):
        if not found[1]:
            return f"{found[0]} does not say how to write the date; write {{{{DATE:%Y-%m-%d}}}}"
        for directive in _DIRECTIVE.finditer(found[1]):
            if directive[0] not in _KNOWN:
                return f"{found[0]} holds the unknown directive {directive[0]}; known are {' '.join(_KNOWN)}"
    return None


def _format(form: str, day: datetime.date) -> str:
    month, weekday = _MONTHS[day.month - 1], _DAYS[day.weekday()]
    values = {
        "d": f"{day.day:02}",
        "-d": str(day.day),
        "m": f"{day.month:02}",
        "-m": str(day.month),
        "y": f"{day.year % 100:02}",
        "Y": f"{day.year:04}",
        "b": month[:3],
        "B": month,
        "a": weekday[:3],
        "A": weekday,
        "j": f"{day.timetuple().tm_yday:03}",
        "%": "%",
    }
    return _DIRECTIVE.sub(lambda found: values.get(found[1], found[0]), form)
