"""`/pratiche/{slug}/filiera`: whence a practice came and who took it up, drawn and in a table."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from talea_catalogue import namespaces as ns
from talea_catalogue.lineage import Lineage, Node, Step, tree

from ..language import Text
from ..render import Page
from ..views import Visit
from .common import Link, href, linker, missing, page, title_of
from .lineage_drawing import NARROW, WIDE, Block, Drawing, Item, draw
from .replication import GROUPS, notes

Ref = Callable[[str], Link]

KIND_ONLY_LINKED: Final = Text("Legame detto dalla scheda", "Link told by the record")
AGAIN: Final = Text("Già disegnata in un altro punto", "Already drawn elsewhere")
HERE: Final = Text("Questa pratica", "This practice")
COLUMNS: Final = {
    -1: Text("Da dove viene", "Where it comes from"),
    0: HERE,
    1: Text("Chi l’ha ripresa", "Who took it up"),
    2: Text("Chi l’ha ripresa da loro", "Who took it up from them"),
}
BEFORE: Final = Text("Ancora prima", "Earlier still")
SAID: Final = {
    "dichiarata": Text("lo dice una fonte", "a source says so"),
    "inferita": Text("legame ricostruito da noi", "link put together by us"),
}
UNSAID: Final = Text("non è detto chi lo dica", "it is not said who says so")
LINKED: Final = Text("il legame è della sua scheda", "the link is of its own record")
IN_NETWORK: Final = Text(
    "non è detto che l’abbia ripetuta", "nobody says that it repeated the practice"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A step in the table: `anchor` is its place, `who` leads to all that is known of it.

    `by` says who declares the link; `born` is the practice with a record of its own, and `told`
    where the same fact is told at length. `notes` are numbers of the list of sources.
    """

    anchor: str
    it: Step
    who: Link
    said: bool
    origin: Link
    where: tuple[Link, ...]
    kind: str
    by: str
    status: str | None
    born: Link | None
    told: tuple[Link, ...]
    notes: list[tuple[int | None, str]]


def lineage(visit: Visit) -> Page:
    """The lineage of a practice; an honest page where nobody is known."""
    repository = visit.release.repository
    slug = visit.names["slug"]
    found = repository.lineage(slug)
    if found is None:
        raise missing()
    title = title_of(visit, repository.brief(slug))
    sources = list(dict.fromkeys(url for one in found.steps for url in one.sources))
    told = _Told(visit, found, sources)
    address = f"/pratiche/{slug}"
    name = visit.text("Da dove viene e chi l’ha ripresa", "Where it comes from and who took it up")
    shown = page(
        visit,
        name,
        steps=[(visit.text("Pratiche", "Practices"), "/pratiche"), (title, address)],
        data={
            "practice": Link(title, visit.base + address),
            "heading": name,
            "drawings": told.drawings() if found.steps else None,
            "column": lambda number: _column(visit, number),
            "rows": [told.row(one) for one in told.steps],
            "several": len({one.practice for one in found.steps}) > 1,
            "known": len([one for one in found.replications if one.taken_up]),
            "later": len([o for o in found.replications if o.taken_up and o.generation > 1]),
            "came_from": [told.row(one).origin for one in found.origins if one.generation == 0],
            "network": len([one for one in found.replications if not one.taken_up]),
            "legend": told.legend(),
            "left_out": found.left_out,
            "sources": sources,
            "ref": linker(visit),
            "note_of": lambda urls: notes(sources, urls),
            "json": f"/api/v1/practices/{slug}/lineage",
            "question": f"{visit.base}/sparql?"
            + urlencode({"domanda": "lineage", "practice": ns.resource("pratica", slug)}),
        },
    )
    return replace(shown, title=f"{title}: {name.lower()}")


def _column(visit: Visit, number: int) -> str:
    """What a column of the drawing is called."""
    if number < -1:
        return BEFORE.to(visit.lang)
    if number in COLUMNS:
        return COLUMNS[number].to(visit.lang)
    return visit.text(f"Passaggio {number}", f"Passage {number}")


class _Told:
    """The steps of a lineage in words, for its drawing and its table."""

    def __init__(self, visit: Visit, found: Lineage, sources: Sequence[str]) -> None:
        self._visit = visit
        self._found = found
        self._sources = sources
        self._ref: Ref = linker(visit)
        self._trees = tree(found)
        self.steps = [one.step for root in self._trees for one in _nodes(root) if one.step]
        self._anchor = {one.key: f"passo-{n}" for n, one in enumerate(self.steps, 1)}
        self._groups = {key: title.to(visit.lang) for key, title, _ in GROUPS}

    def drawings(self) -> dict[str, Drawing]:
        """The same drawing for a wide screen and for a narrow one."""
        items = [self._item(root) for root in self._trees]
        return {"wide": draw(items, WIDE), "narrow": draw(items, NARROW)}

    def legend(self) -> list[tuple[str, str, int]]:
        """The kinds of line that are drawn: key, name, how many, in the order of the sheet."""
        count = Counter(one.group for one in self.steps)
        names = self._groups | {"legame": KIND_ONLY_LINKED.to(self._visit.lang)}
        return [(key, name, count[key]) for key, name in names.items() if count[key]]

    def row(self, one: Step) -> Row:
        who = self._who(one)
        return Row(
            anchor=self._anchor[one.key],
            it=one,
            who=who,
            said=one.as_said is not None,
            origin=self._practice(one.practice),
            where=self._where(one, who.label),
            kind=self._kind(one),
            by=self._by(one),
            status=self._ref(one.status).label if one.status else None,
            born=self._practice(one.yields) if one.yields and one.as_said else None,
            told=tuple(self._ref(iri) for iri in one.detailed_in),
            notes=notes(self._sources, one.sources),
        )

    def _item(self, node: Node) -> Item:
        blocks = self._of_step(node, node.step) if node.step else ()
        if node.practice and (node.step is None or node.step.as_said):
            blocks = (*blocks, self._sheet(node.practice, named=node.step is not None))
        blocks = (*blocks, *self._facts(node))
        return Item(
            node.generation,
            node.step.group if node.step else None,
            blocks,
            tuple(self._item(child) for child in node.children),
            centre=node.practice == self._found.slug and not node.again,
        )

    def _of_step(self, node: Node, one: Step) -> tuple[Block, ...]:
        who = self._who(one)
        spoken = f"{who.label}. {self._kind(one)}: {self._practice(one.practice).label}"
        name = Block("name", who.label, who.href, one.as_said is not None, spoken)
        return Block("kind", f"{self._kind(one)}: {self._by(one)}"), name

    def _sheet(self, practice: str, *, named: bool) -> Block:
        """The practice of a box: its name where nothing else names it."""
        sheet = self._practice(practice)
        if not named:
            return Block("name", sheet.label, sheet.href, self._titled(practice))
        text = self._visit.text("Scheda", "Record")
        return Block("sheet", f"{text}: {sheet.label}", sheet.href)

    def _facts(self, node: Node) -> Iterator[Block]:
        one, visit = node.step, self._visit
        if one is not None:
            when = visit.text(f"dal {one.year}", f"since {one.year}") if one.year else None
            status = self._ref(one.status).label.lower() if one.status else None
            places = [place.label for place in self._where(one, self._who(one).label)]
            if facts := ", ".join(filter(None, (*places, when, status))):
                yield Block("fact", facts)
            if titles := [c.title or c.description for c in one.changes]:
                text = visit.text("Cambia", "Changes")
                yield Block("fact", f"{text}: {'; '.join(titles)}", f"#{self._anchor[one.key]}")
        if node.again:
            yield Block("fact", AGAIN.to(visit.lang))
        if node.practice and (others := self._found.elsewhere.get(node.practice)):
            text = visit.text(
                f"Ripresa anche da altri: {others}", f"Taken up by others too: {others}"
            )
            yield Block("fact", text, f"{visit.base}/pratiche/{node.practice}/filiera")

    def _who(self, one: Step) -> Link:
        """Who took it up, with the page of what is known of that."""
        if one.as_said is None:
            return self._practice(one.yields or ns.local(one.iri))
        return Link(one.as_said, href(self._visit, one.iri))

    def _where(self, one: Step, name: str) -> tuple[Link, ...]:
        """The place and the country, but not what the name already says, nor Italy."""
        place = self._ref(one.adopted_in) if one.adopted_in else None
        if place is None and one.place_as_said:
            place = Link(one.place_as_said)
        country = self._ref(one.country) if one.country else None
        if country and one.country and ns.local(one.country) == "italia":
            country = None
        found = (each for each in (place, country) if each and each.label != name)
        return tuple({each.label: each for each in found}.values())

    def _kind(self, one: Step) -> str:
        if one.kind is None:
            return KIND_ONLY_LINKED.to(self._visit.lang)
        return self._ref(one.kind).label

    def _by(self, one: Step) -> str:
        unsaid = LINKED if one.linked else UNSAID if one.taken_up else IN_NETWORK
        return SAID.get(ns.local(one.origin or ""), unsaid).to(self._visit.lang)

    def _titled(self, practice: str) -> bool:
        return self._visit.release.repository.brief(practice).title is not None

    def _practice(self, slug: str) -> Link:
        return self._ref(ns.resource("pratica", slug))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)
