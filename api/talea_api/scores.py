"""What `talea eval` prints for a person: the figures of a search as tables, in Italian."""

from collections.abc import Iterator, Mapping
from typing import Final

from talea_catalogue.intake.items import shown
from talea_catalogue.search.evaluation import Figures, Interval, Report, Scores

_ALL: Final = "tutte"
_SIGNALS: Final[Mapping[str, tuple[str, str]]] = {
    "lexical": ("parole", "senza le parole"),
    "dense": ("significato", "senza il significato"),
    "concepts": ("concetti", "senza i concetti"),
}
"""Signal -> what heads its column, and how its absence is said."""


def lines(report: Report) -> Iterator[str]:
    """The lines of a report: the search, no answers, each signal by itself, and without each."""
    whole = _by_kind(report.scores)
    yield from _table(
        ("", "nDCG@10", "recall@10", "MRR@10", "query"),
        *((kind, *map(_number, (f.ndcg, f.recall, f.mrr)), str(f.n)) for kind, f in whole),
    )
    if report.none:
        yield ""
        yield f"senza risposta: {report.none} query, sicura in {report.confident}"
    if report.signals:
        names = (_SIGNALS.get(name, (shown(name),))[0] for name in report.signals)
        columns = [whole, *map(_by_kind, report.signals.values())]
        yield ""
        yield "nDCG@10 di ciascun segnale da solo:"
        yield from _table(
            ("", "insieme", *names),
            *(
                (row[0][0], *(_number(figures.ndcg) for _, figures in row))
                for row in zip(*columns, strict=True)
            ),
        )
    if report.intervals:
        yield ""
        yield "nDCG@10 senza un segnale, e tra quali valori sta la differenza 95 volte su 100:"
        yield from _table(*map(_without, report.intervals.items()))


def _by_kind(scores: Scores) -> list[tuple[str, Figures]]:
    return [(_ALL, scores.overall), *scores.kinds.items()]


def _without(item: tuple[str, Interval]) -> tuple[str, str]:
    name, one = item
    said = _SIGNALS.get(name, ("", f"senza {name}"))[1]
    return said, f"{_signed(one.mean)} [{_signed(one.low)}, {_signed(one.high)}]"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _table(*rows: tuple[str, ...]) -> Iterator[str]:
    """Rows with their first column to the left and the others to the right."""
    safe = [(shown(name), *cells) for name, *cells in rows]
    widths = [max(map(len, column)) for column in zip(*safe, strict=True)]
    for name, *cells in safe:
        right = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield "  ".join((name.ljust(widths[0]), *right)).rstrip()
