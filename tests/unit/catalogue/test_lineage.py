"""The lineage of a practice: passages in any direction, circles, facts told twice, and a bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue import namespaces as ns
from talea_catalogue.lineage import MOST, ORDER, Lineage, Node, group_of, read_lineage, tree
from talea_sparql.library import Library
from talea_sparql.store import TrustedStore

ROOT = Path(__file__).parents[3]
CIRCLES = ROOT / "tests" / "fixtures" / "catalogue" / "competency" / "circles.ttl"
PREFIXES = f"""
@prefix talea: <{ns.ONTO}> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @base <{ns.ID}> .
"""


def lineage_of(turtle: str, slug: str) -> Lineage:
    """The lineage of a practice in a little catalogue."""
    store = ox.Store()
    store.load(turtle.encode(), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(ns.GRAPH + "x"))
    trusted = TrustedStore(store, Library.load(ROOT / "sparql" / "queries"))

    def told(iris: Sequence[str]) -> list[dict[str, ox.NamedNode | ox.Literal]]:
        return trusted.select("lineage-told", replications=iris)  # type: ignore[return-value]

    rows = trusted.select("lineage", practice=ns.resource("pratica", slug))
    return read_lineage(slug, rows, told)  # type: ignore[arg-type]


def step(practice: str, name: str, born: str = "", kind: str = "replica", more: str = "") -> str:
    """A replication of `practice` called `name`, in Turtle."""
    yields = f"talea:yields <pratica/{born}> ;" if born else ""
    return f"""<replica/{name}> talea:replicates <pratica/{practice}> ; dct:title "{name}"@it ;
      {yields} {more} talea:replicationKind <{ns.concept("genere-replica", kind)}> .
    """


def nodes(trees: Sequence[Node]) -> Iterator[Node]:
    for one in trees:
        yield one
        yield from nodes(one.children)


def drawn(found: Lineage) -> list[tuple[int, str | None, bool]]:
    """Generation, who or what, and whether it is drawn elsewhere, from the top."""
    return [(n.generation, n.step.as_said if n.step else n.practice, n.again)
            for n in nodes(tree(found))]  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Lineage:
    """The lineage of the practice `a` of the circles."""
    return lineage_of(CIRCLES.read_text(encoding="utf-8"), "a")


class TestCircles:
    """The fixture of the competency questions: a, b and c took each other up in a circle."""

    def test_a_circle_ends_and_each_passage_is_there_once(self, found):
        assert [(one.as_said, one.generation) for one in found.replications] == [
            ("A in B", 1), ("A in A", 1), ("Rete", 1), ("B in C", 2), ("C in A", 3),
        ]  # fmt: skip
        assert found.origins == ()
        assert drawn(found) == [
            (0, "a", False),
            (1, "A in B", False),
            (2, "B in C", False),
            (3, "C in A", True),
            (1, "A in A", True),
            (1, "Rete", False),
        ]

    def test_what_is_told_twice_is_one_passage_with_both_tellings(self, found):
        one = next(one for one in found.replications if one.as_said == "A in B")
        assert one.year == 2019
        assert [(c.title, c.description) for c in one.changes] == [
            ("Orario", "Di sera"), (None, "Si fa di sera"),
        ]  # fmt: skip
        assert [ns.local(iri) for iri in one.tellings] == ["1"]

    def test_a_network_in_common_is_no_taking_up_and_leads_no_further(self, found):
        network = next(one for one in found.replications if one.as_said == "Rete")
        assert (network.taken_up, network.opens, network.yields) == (False, False, "d")
        assert "D in E" not in [one.as_said for one in found.steps]

    def test_a_part_told_by_a_record_of_another_practice_is_not_lost(self):
        found = lineage_of(CIRCLES.read_text(encoding="utf-8"), "d")
        assert {one.as_said for one in found.replications} == {"D in E", "D, come A in B"}
        # It came from a network in common: shown, and what lies behind that is not.
        assert [(one.as_said, one.practice, one.generation) for one in found.origins] == [
            ("Rete", "a", 0)
        ]


def test_origins_are_followed_back_and_their_other_replications_are_counted():
    text = PREFIXES + step("nonna", "n", "madre") + step("madre", "m", "figlia")
    text += step("madre", "altra") + step("madre", "rete", kind="stesso-programma")
    found = lineage_of(text + step("figlia", "f"), "figlia")
    assert [(one.as_said, one.generation) for one in found.origins] == [("m", 0), ("n", -1)]
    assert dict(found.elsewhere) == {"madre": 1, "nonna": 0}
    assert drawn(found) == [
        (-2, "nonna", False), (-1, "n", False), (0, "m", False), (1, "f", False),
    ]  # fmt: skip


def test_two_origins_and_two_ways_to_one_practice_are_each_drawn_once():
    text = PREFIXES + step("a", "a-x", "x") + step("b", "b-x", "x") + step("a", "a-b", "b")
    found = lineage_of(text, "x")
    assert drawn(found) == [
        (-1, "a", False), (0, "a-b", True), (0, "a-x", False),
        (-1, "b", False), (0, "b-x", True),
    ]  # fmt: skip
    assert len([n for n in nodes(tree(found)) if n.step]) == len(found.steps) == 3


def test_a_circle_of_origins_is_entered_somewhere():
    text = PREFIXES + step("y", "y-z", "z") + step("z", "z-y", "y") + step("y", "y-x", "x")
    assert drawn(lineage_of(text, "x")) == [
        (-2, "z", False), (-1, "z-y", False), (0, "y-x", False), (0, "y-z", True),
    ]  # fmt: skip


def test_a_link_that_only_a_record_declares_is_a_passage_and_its_origin_is_told():
    text = (
        PREFIXES
        + f"""
    <pratica/b> talea:replicaOf <pratica/a> , <pratica/z> ; foaf:isPrimaryTopicOf <scheda/b> .
    <scheda/b> talea:hasAttribution <scheda/b/attribuzione/1> .
    <scheda/b/attribuzione/1> talea:aboutProperty talea:replicaOf ;
      talea:origin <{ns.concept("origine", "inferita")}> .
    """
    )
    found = lineage_of(text, "b")
    assert [(o.practice, o.kind, o.as_said, o.linked, o.inferred) for o in found.origins] == [
        ("a", None, None, True, True), ("z", None, None, True, True),
    ]  # fmt: skip
    (after,) = lineage_of(text, "a").replications
    assert (after.yields, after.group, after.generation) == ("b", "ricostruiti", 1)


def test_a_link_of_a_record_marks_the_passage_that_tells_the_same():
    text = PREFIXES + step("a", "rete", "b", "stesso-programma") + step("b", "b-c")
    assert [one.as_said for one in lineage_of(text, "a").steps] == ["rete"]
    found = lineage_of(text + "<pratica/b> talea:replicaOf <pratica/a> .", "a")
    assert [(o.as_said, o.linked, o.taken_up) for o in found.steps] == [
        ("rete", True, False), ("b-c", False, True),
    ]  # fmt: skip


def test_a_huge_lineage_shows_the_nearest_and_counts_the_rest():
    text = PREFIXES + "".join(step(f"p{n}", f"s{n:04}", f"p{n + 1}") for n in range(MOST + 50))
    found = lineage_of(text, "p0")
    assert (len(found.steps), found.left_out) == (MOST, 50)
    assert {one.generation for one in found.steps} == set(range(1, MOST + 1))
    assert len(list(nodes(tree(found)))) == MOST + 1
    middle = lineage_of(text, f"p{MOST // 2 + 30}")
    assert len(middle.steps) == MOST
    assert middle.left_out == 50
    wide = lineage_of(PREFIXES + "".join(step("p", f"s{n}") for n in range(MOST * 5)), "p")
    assert (len(wide.steps), wide.left_out) == (MOST, MOST * 4)


def test_nobody_known_is_an_empty_lineage():
    found = lineage_of(PREFIXES, "nessuno")
    assert (found.steps, found.left_out) == ((), 0)
    assert drawn(found) == [(0, "nessuno", False)]


def test_an_inferred_link_has_a_group_of_its_own_but_a_network_stays_a_network():
    inferred = ns.concept("origine", "inferita")
    kinds = [ns.concept("genere-replica", one) for one in ("replica", "stesso-programma")]
    assert [group_of(one, inferred) for one in kinds] == ["ricostruiti", "stesso-programma"]
    assert {group_of(one, None) for one in (*kinds, None)} <= set(ORDER)
