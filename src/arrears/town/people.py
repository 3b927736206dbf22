"""The people of Yunting (云汀市), a town that is on no map.

Nothing here leads to a living person: mobile numbers lie in the segment 154 and identity numbers
in the region 39, which were never given out; the form and the check digit are right.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from arrears.town.draws import Draws, Ints

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
    "彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鹏辉玲"
    "红建国志文斌宇浩然欣怡子涵雨晨思佳梓轩嘉雪梅春秋月云"
)
STREETS = [
    "汀兰路", "望湖街", "听雨巷", "云桥路", "白鹭大道", "芦苇街", "渡口路", "石拱巷",
    "桂花里", "南塘路", "北渠街", "新圩路", "晒谷场街", "书院路", "竹篙巷", "长堤路",
]  # fmt: skip
DISTRICTS = {"汀东区": (31020, 117480), "汀西区": (31000, 117380), "湖心区": (30960, 117440)}
_WEIGHTS = (17, 16, 10, 9, 13, 7, 11, 10, 2, 4, 8)
_ID_FACTORS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("person_id", "name", "address", "phone", "email")]
    + [("national_id", pa.string()), ("birth_on", pa.date32()), ("language", pa.string())]
    + [("jurisdiction", pa.string()), ("time_zone", pa.string())]
    + [("latitude", pa.float64()), ("longitude", pa.float64())]
    + [("coordinate_system", pa.string())]
)


def person_id(number: int) -> str:
    """The lender's id of the n-th person."""
    return f"P{number:07d}"


def national_id(region: int, born: date, order: int) -> str:
    """An 18-digit identity number in the form of GB 11643-1999, check digit included."""
    body = f"{region:06d}{born:%Y%m%d}{order:03d}"
    total = sum(int(digit) * factor for digit, factor in zip(body, _ID_FACTORS, strict=True))
    return body + _ID_CHECKS[total % 11]


def people(draws: Draws, count: int, until: date) -> pa.Table:
    """The table ``persons`` of the tape: ``count`` people, some details not on file."""
    keys: Ints = np.arange(count, dtype=np.int64)

    def drawn(purpose: str, least: int, most: int) -> list[int]:
        return [int(x) for x in draws.between(purpose, keys, least, most)]

    def known(purpose: str, per_10_000: int) -> list[bool]:
        return [bool(x) for x in draws.chance(f"{purpose} known", keys, per_10_000)]

    def where(flags: list[bool], values: list[str]) -> list[str | None]:
        return [v if flag else None for flag, v in zip(flags, values, strict=True)]

    ages, months, days = drawn("age", 21, 63), drawn("month", 1, 12), drawn("day", 1, 28)
    births = [date(until.year - a, m, d) for a, m, d in zip(ages, months, days, strict=True)]
    addresses, latitudes, longitudes = _homes(draws, keys)
    placed = known("place", 8_600)
    ids = [
        national_id(390_101 + region, born, order)
        for region, born, order in zip(
            drawn("region", 0, 5), births, drawn("order", 1, 999), strict=True
        )
    ]
    columns = {
        "person_id": [person_id(n) for n in range(count)],
        "name": _names(draws, keys),
        "address": where(known("address", 9_500), addresses),
        "phone": where(
            known("phone", 9_300), [f"+86154{n:08d}" for n in drawn("phone", 0, 10**8 - 1)]
        ),
        "email": where(known("email", 3_500), [f"p{n:07d}@yunting.example" for n in range(count)]),
        "national_id": where(known("id", 9_700), ids),
        "birth_on": births,
        "language": where(known("language", 2_000), ["zh-CN"] * count),
        "jurisdiction": ["CN"] * count,
        "time_zone": where(known("zone", 3_000), ["Asia/Shanghai"] * count),
        "latitude": [v / 100_000 if p else None for v, p in zip(latitudes, placed, strict=True)],
        "longitude": [v / 100_000 if p else None for v, p in zip(longitudes, placed, strict=True)],
        "coordinate_system": where(placed, ["wgs84"] * count),
    }
    return pa.table(columns, schema=SCHEMA)


def _names(draws: Draws, keys: Ints) -> list[str]:
    weights = [_WEIGHTS[i % len(_WEIGHTS)] * (3 if i < 10 else 1) for i in range(len(SURNAMES))]
    surnames = draws.choice("surname", keys, weights)
    firsts = draws.between("given", keys, 0, len(GIVEN) - 1)
    seconds = draws.between("given second", keys, 0, len(GIVEN) - 1)
    short = draws.chance("given short", keys, 1_500)
    return [
        SURNAMES[s] + GIVEN[f] + ("" if one else GIVEN[g])
        for s, f, g, one in zip(surnames, firsts, seconds, short, strict=True)
    ]


def _homes(draws: Draws, keys: Ints) -> tuple[list[str], list[int], list[int]]:
    """Addresses, and their latitude and longitude in hundred-thousandths of a degree."""
    names, places = list(DISTRICTS), list(DISTRICTS.values())
    districts = draws.choice("district", keys, (5, 4, 2))
    streets = draws.between("street", keys, 0, len(STREETS) - 1)
    numbers = draws.between("house", keys, 1, 288)
    rooms = draws.between("room", keys, 101, 2_604)
    north = draws.between("north", keys, -2_600, 2_600)
    east = draws.between("east", keys, -3_100, 3_100)
    addresses = [
        f"云汀市{names[d]}{STREETS[s]}{n}号{r // 100}栋{r % 100 + 1}室"
        for d, s, n, r in zip(districts, streets, numbers, rooms, strict=True)
    ]
    latitudes = [places[d][0] * 100 + int(n) for d, n in zip(districts, north, strict=True)]
    longitudes = [places[d][1] * 100 + int(e) for d, e in zip(districts, east, strict=True)]
    return addresses, latitudes, longitudes
