"""Objects and triples are two forms of one thing; terms come from the ontology."""

from __future__ import annotations

import dataclasses
import types
import typing
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from talea_catalogue import generate_terms, mapping, model, terms
from talea_catalogue import namespaces as ns
from talea_catalogue.mapping import MappingError, Shape
from talea_catalogue.sources import Sources
from talea_catalogue.terms import T

SLUGS = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
IRIS = SLUGS.map(lambda slug: ns.resource("luogo", slug))
NUMBERS = st.decimals(-(10**12), 10**12, places=4, allow_nan=False, allow_infinity=False)


def values(kind: Any, name: str) -> st.SearchStrategy[Any]:
    """Random values of a field of the model, by its type."""
    parts = typing.get_args(kind)
    if isinstance(kind, types.UnionType):
        return st.none() | values(parts[0], name)
    if typing.get_origin(kind) is tuple:
        many = st.lists(values(parts[0], name), max_size=3)
        if parts[0] is str:  # references: a set, kept sorted
            return many.map(lambda found: tuple(sorted(set(found))))
        return many.map(tuple)
    if dataclasses.is_dataclass(kind):
        return objects(kind)
    if kind is str:
        return SLUGS if name == "slug" else TEXTS
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    return {
        int: st.integers(-(10**20), 10**20),
        bool: st.booleans(),
        Decimal: NUMBERS,
    }[kind]


def objects(cls: Any) -> st.SearchStrategy[Any]:
    """Random objects of a dataclass of the model; a field that holds an IRI gets an IRI."""
    hints = typing.get_type_hints(cls)
    codecs = {
        line.name: line.codec
        for shape in SHAPES[cls]
        for line in shape.lines
        if isinstance(line, mapping.One | mapping.Many)
    }

    def one(name: str) -> st.SearchStrategy[Any]:
        if codecs.get(name) is not mapping.iri:
            return values(hints[name], name)
        if typing.get_origin(hints[name]) is tuple:
            return st.lists(IRIS, max_size=3).map(lambda found: tuple(sorted(set(found))))
        return IRIS if hints[name] is str else st.none() | IRIS

    return st.builds(cls, **{field.name: one(field.name) for field in dataclasses.fields(cls)})


ALL = [shape for shape in vars(mapping).values() if isinstance(shape, Shape)]
SHAPES = {shape.cls: [other for other in ALL if other.cls is shape.cls] for shape in ALL}


def test_every_dataclass_of_the_model_has_one_shape_that_names_each_of_its_fields() -> None:
    of_model = {c for c in vars(model).values() if dataclasses.is_dataclass(c)}
    assert of_model == set(SHAPES)
    for cls, shapes in SHAPES.items():
        (shape,) = shapes
        assert sorted(line.name for line in shape.lines) == sorted(
            field.name for field in dataclasses.fields(cls)
        )


@pytest.mark.parametrize("shape", [mapping.PRACTICE, mapping.BODY, mapping.PLACE_ELSEWHERE])
def test_decoding_undoes_encoding_also_through_turtle_and_n_triples(shape: Shape) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(objects(shape.cls), st.sampled_from([RdfFormat.TURTLE, RdfFormat.N_TRIPLES]))
    def check(thing: Any, form: RdfFormat) -> None:
        iri = ns.resource("pratica", thing.slug)
        written = serialize(list(mapping.encode(shape, thing, iri)), format=form)
        read = [quad.triple for quad in parse(written, format=form)]
        assert mapping.decode(shape, mapping.index(reversed(read)), iri) == thing

    check()


PRACTICE = NamedNode(mapping.practice_iri("x"))
CARD = NamedNode(ns.resource("scheda", "x"))
SOUND = [
    Triple(PRACTICE, ns.TYPE, T.GoodPractice),
    Triple(PRACTICE, ns.IS_PRIMARY_TOPIC_OF, CARD),
    Triple(CARD, T.editorialStatus, NamedNode(ns.concept("stato-editoriale", "pubblicata"))),
]
PART = NamedNode(PRACTICE.value + "/esito/1")


def typed(value: str, datatype: str) -> Literal:
    return Literal(value, datatype=NamedNode(ns.XSD + datatype))


@pytest.mark.parametrize(
    ("where", "extra"),
    [
        pytest.param(
            (PRACTICE, ns.TITLE),
            [Triple(PRACTICE, ns.TITLE, Literal(text, language="it")) for text in "ab"],
            id="two titles",
        ),
        pytest.param(
            (PRACTICE, ns.TITLE),
            [Triple(PRACTICE, ns.TITLE, Literal("a", language="en"))],
            id="a title that is not Italian",
        ),
        pytest.param(
            (PRACTICE, T.promotedBy),
            [Triple(PRACTICE, T.promotedBy, Literal("Bari"))],
            id="a text for a body",
        ),
        *(
            pytest.param(
                (PRACTICE, T.startYear),
                [Triple(PRACTICE, T.startYear, typed(*year))],
                id=f"start year {year}",
            )
            for year in [
                ("MMXX", "integer"),
                ("1_000", "integer"),
                (" 2016", "integer"),
                ("٢٠١٦", "integer"),
                ("2016", "string"),
                ("9" * 5000, "integer"),
            ]
        ),
        pytest.param(
            (CARD, T.selectedAtFestival),
            [Triple(CARD, T.selectedAtFestival, typed("sì", "boolean"))],
            id="a boolean that is neither",
        ),
        pytest.param(
            (PART, ns.TYPE),
            [Triple(PRACTICE, T.hasReportedResult, PART)],
            id="a result of no kind",
        ),
        pytest.param(
            (PART, ns.TYPE),
            [
                Triple(PRACTICE, T.hasReportedResult, PART),
                Triple(PART, ns.TYPE, T.Outcome),
                Triple(PART, ns.TYPE, T.Output),
            ],
            id="a result of two kinds",
        ),
        pytest.param(
            (PART, ns.TITLE),
            [Triple(PRACTICE, T.hasReportedResult, PART), Triple(PART, ns.TYPE, T.Outcome)],
            id="a result without words",
        ),
    ],
)
def test_a_misfit_is_told_by_resource_and_property(
    where: tuple[NamedNode, NamedNode], extra: list[Triple]
) -> None:
    mapping.practice_from(SOUND, "x")
    with pytest.raises(MappingError) as caught:
        mapping.practice_from([*SOUND, *extra], "x")
    assert (caught.value.iri, caught.value.predicate) == (where[0].value, where[1].value)


@pytest.mark.parametrize("number", ["NaN", "INF", "1e5", "", "1,5", "٣"])
def test_only_written_decimals_are_numbers(number: str) -> None:
    with pytest.raises(ValueError, match="atteso un valore xsd:decimal"):
        mapping.decimal.decode(typed(number, "decimal"))


def test_both_written_forms_of_a_boolean_are_read() -> None:
    read = {text: mapping.boolean.decode(typed(text, "boolean")) for text in ("1", "0")}
    assert read == {"1": True, "0": False}


def test_terms_are_those_of_the_ontology(sources: Sources) -> None:
    committed = Path(terms.__file__).read_text(encoding="utf-8")
    assert committed == generate_terms.render(sources.ontology)
