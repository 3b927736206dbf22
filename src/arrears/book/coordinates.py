"""GCJ-02 and BD-09 coordinates to WGS-84, as Ibis expressions; inside there is one datum.

The offset formulas are those in general use (the official transformation is not published); the
inverse is taken by iteration. Measured against the forward formula it is off by less than 10 cm;
results are rounded to 7 decimals (1 cm).
"""

from __future__ import annotations

import math
from typing import Any

import ibis

# Krasovsky 1940: semi-major axis in metres, and eccentricity squared.
_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_PI = math.pi * 3000.0 / 180.0
_ROUNDS = 3
_DECIMALS = 7


def to_wgs84(persons: Any) -> Any:
    """Persons with latitude and longitude in WGS-84 and ``coordinate_system`` saying so."""
    system = persons.coordinate_system.fill_null("wgs84")
    baidu = system == "bd09"
    x, y = persons.longitude - 0.0065, persons.latitude - 0.006
    radius = (x * x + y * y).sqrt() - 0.00002 * (y * _BD_PI).sin()
    angle = y.atan2(x) - 0.000003 * (x * _BD_PI).cos()
    shifted = persons.mutate(
        _lon=baidu.ifelse(radius * angle.cos(), persons.longitude),
        _lat=baidu.ifelse(radius * angle.sin(), persons.latitude),
        _move=system.isin(["gcj02", "bd09"]),
    )
    shifted = shifted.mutate(_wlon=shifted._lon, _wlat=shifted._lat)
    for _ in range(_ROUNDS):
        d_lon, d_lat = _offset(shifted._wlon, shifted._wlat)
        # Each round in a query of its own: the expression would grow threefold otherwise.
        shifted = shifted.mutate(_wlon=shifted._lon - d_lon, _wlat=shifted._lat - d_lat)
    moved = shifted._move & shifted.longitude.between(72.004, 137.8347)
    moved = (moved & shifted.latitude.between(0.8293, 55.8271)).fill_null(False)
    longitude = moved.ifelse(shifted._wlon.round(_DECIMALS), shifted._lon)
    latitude = moved.ifelse(shifted._wlat.round(_DECIMALS), shifted._lat)
    return shifted.mutate(
        longitude=longitude, latitude=latitude, coordinate_system=ibis.literal("wgs84")
    ).drop("_lon", "_lat", "_move", "_wlon", "_wlat")


def _offset(longitude: Any, latitude: Any) -> tuple[Any, Any]:
    """How far GCJ-02 lies from a WGS-84 point, in degrees."""
    x, y = longitude - 105.0, latitude - 35.0
    root = x.abs().sqrt()
    waves = (20.0 * (6.0 * math.pi * x).sin() + 20.0 * (2.0 * math.pi * x).sin()) * (2.0 / 3.0)
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    d_lat = d_lat + (20.0 * (math.pi * y).sin() + 40.0 * (math.pi / 3.0 * y).sin()) * (2.0 / 3.0)
    d_lat = d_lat + (160.0 * (math.pi / 12.0 * y).sin() + 320.0 * (math.pi / 30.0 * y).sin()) * (
        2.0 / 3.0
    )
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    d_lon = d_lon + (20.0 * (math.pi * x).sin() + 40.0 * (math.pi / 3.0 * x).sin()) * (2.0 / 3.0)
    d_lon = d_lon + (150.0 * (math.pi / 12.0 * x).sin() + 300.0 * (math.pi / 30.0 * x).sin()) * (
        2.0 / 3.0
    )
    radians = latitude * (math.pi / 180.0)
    magic = 1.0 - _ECCENTRICITY2 * radians.sin() * radians.sin()
    meridian = (_AXIS_M * (1.0 - _ECCENTRICITY2)) / (magic * magic.sqrt()) * (math.pi / 180.0)
    parallel = _AXIS_M / magic.sqrt() * radians.cos() * (math.pi / 180.0)
    return d_lon / parallel, d_lat / meridian
