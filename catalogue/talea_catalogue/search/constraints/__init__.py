"""Constraints said in words: the fund, the amount, the place, the size, the year of a query.

An official writes them in the search box with the rest. Each becomes a filter that is shown and can
be taken away; the words that said it are no longer looked for. What is not clearly a constraint
stays a word: a filter that was not meant hides practices, a missed one only ranks them less well.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ...facts import District
from ...places import Place
from ...vocabulary import Concept
from .amounts import amounts
from .funds import Funds
from .names import Name
from .phrases import phrases
from .places import PlaceNames
from .reading import Heard, Reading, Said, assemble
from .years import years

if TYPE_CHECKING:
    from ...repository import Repository

__all__ = ["Constraints", "Name", "Reading", "Said"]


class Constraints:
    """Reads the constraints of queries against the places and the funds of one release.

    Immutable once built; safe to use from several threads.
    """

    def __init__(
        self,
        places: Iterable[Place],
        funds: Iterable[Concept],
        districts: Iterable[District] = (),
        leaves: Callable[[str, tuple[str, ...]], bool] | None = None,
    ) -> None:
        """`funds` are the concepts of the scheme `fonte-finanziamento`.

        `leaves` says whether a filter with some values leaves any practice; without it, all do.
        """
        self._leaves = leaves or (lambda _name, _values: True)
        self._places: Final = PlaceNames(places, districts)
        self._rules: Final[tuple[Callable[[Heard], Iterator[Said]], ...]] = (
            phrases,
            Funds(funds),
            amounts,
            years,
            self._places,
        )

    @classmethod
    def of(cls, repository: "Repository") -> "Constraints":
        """Those of a release."""
        columns = repository.columns()
        return cls(
            repository.places(),
            [
                concept
                for concept, _ in repository.vocabulary.schemes["fonte-finanziamento"].concepts
            ],
            repository.districts(),
            lambda name, values: bool(columns.mask({name: values}).any()),
        )

    def read(self, text: str, without: Collection[str] = ()) -> Reading:
        """What a query says. `without` names filters whose words are to stay words.

        Any text has an answer; only its beginning is read: 64 words, 400 signs.
        """
        heard = Heard.of(text)
        for rule in self._rules:
            for said in rule(heard):
                heard.claim(said)
        meant = [said for said in heard.said if said.name not in without]
        met = [said for said in meant if self._leaves(said.name, said.values)]
        reading = assemble(text, met, [said for said in meant if said not in met])
        return replace(reading, named=self._places.named(heard))
