"""The calendars of public holidays that come with Arrears, by place and year.

China's are the State Council's notices, year by year. American and British days follow from laws.
India's are told by each state as the moon is seen: there is no calendar, and what needs one waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from arrears.kernel.dates import Calendar

COMPUTED: Final = ("us", "gb")
_YEARS: Final = range(2000, 2100)


@lru_cache(maxsize=1024)
def calendars(jurisdiction: str, year: int) -> Sequence[Calendar]:
    """The calendar of a jurisdiction (``CN``, ``GB-SCT``); of a country alone, those of its parts.

    Days on which only some of the parts rest are then not known to be holidays, nor not to be.
    """
    country, _, part = jurisdiction.partition("-")
    country = country.lower()
    if country == "cn":
        return (_china(),)
    if country in COMPUTED:
        return _computed(country.upper(), part.upper(), year)
    return ()


@lru_cache(maxsize=1)
def _china() -> Calendar:
    from chinese_calendar import constants  # tidy: lazy (large tables, which few need)

    return Calendar(
        name="cn",
        years=frozenset(day.year for day in constants.holidays),
        off=frozenset(constants.holidays),
        on=frozenset(constants.workdays),
    )


def _computed(country: str, part: str, year: int) -> tuple[Calendar, ...]:
    import holidays  # tidy: lazy (large tables, which few need)

    if year not in _YEARS:
        return ()
    made = holidays.country_holidays(country, years=year)
    parts = [part] if part in made.subdivisions else sorted(made.subdivisions)
    return tuple(
        Calendar(
            name=f"{country}-{each}".lower(),
            years=frozenset({year}),
            off=frozenset(holidays.country_holidays(country, subdiv=each, years=year)),
        )
        for each in parts
    )
