"""The description of the catalogue against DCAT-AP 3.0.1 and against the Italian profile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH

from talea_api.opendata import catalogue, edition
from talea_api.settings import Settings
from talea_catalogue import dcat, dumps

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "ontologies"
PROFILE = ROOT / "ontology" / "shapes-dcat" / "dcat-ap-it.ttl"
IT = "http://dati.gov.it/onto/dcatapit#"
SITE = {"base_url": "https://talea.test", "feedback_email": "dati@example.org"}


def graph_of(triples: Any) -> rdflib.Graph:
    data = ox.serialize(set(triples), format=ox.RdfFormat.N_TRIPLES)
    assert data is not None
    return rdflib.Graph().parse(data=data, format="nt")


def check(graph: rdflib.Graph, shapes: rdflib.Graph) -> str:
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes)
    return "" if conforms else str(text)


@pytest.fixture(scope="module", params=["as shipped", "published", "with older editions"])
def described(request: Any, release: Any, settings: Any) -> rdflib.Graph:
    """The catalogue of a site that was told nothing, of one that was, and of one with a past."""
    if request.param == "as shipped":
        return graph_of(catalogue(release, settings))
    if request.param == "published":
        told = Settings(home=settings.home, site_owner="Un ente", site_owner_code="x_1", **SITE)
        return graph_of(catalogue(release, told))
    files = dumps.read(release.folder / dumps.FOLDER)
    site = dcat.Site("https://talea.test", dcat.Publisher("Un ente", "x_1"))
    days = ("2026-11-22T05:00:00+00:00", "2026-11-21T05:00:00+00:00", "2025-01-01T00:00:00+00:00")
    versions = [dcat.Version(d * 64, day, files) for d, day in zip("abc", days, strict=True)]
    return graph_of(dcat.catalogue(site, versions, None))


@pytest.fixture(scope="module")
def european(needs: Callable[[bool, str], None]) -> rdflib.Graph:
    """The shapes of DCAT-AP 3.0.1 with their ranges.

    Five of the properties that they name have their shape in a third file of that release, the one
    of authority tables, which is not given: those five cannot be checked.
    """
    folder = SHARED / "dcat-ap"
    needs(folder.is_dir(), "../shared/data/ontologies/dcat-ap is not here")
    shapes = rdflib.Graph()
    for name in ("dcat-ap-SHACL.ttl", "ranges.ttl"):
        shapes.parse(folder / name)
    absent = {
        shape for shape in shapes.objects(None, SH.property) if (shape, None, None) not in shapes
    }
    assert len(absent) == 5
    for shape in absent:
        shapes.remove((None, SH.property, shape))
    return shapes


@pytest.fixture(scope="module")
def italian() -> rdflib.Graph:
    return rdflib.Graph().parse(PROFILE)


def test_it_satisfies_dcat_ap(described, european):
    assert check(described, european) == ""


def test_it_satisfies_the_italian_profile(described, italian):
    assert check(described, italian) == ""


def test_an_edition_alone_satisfies_both(release, settings, european, italian):
    one = graph_of(edition(release, settings, release.manifest.data_digest_short))
    assert check(one, european) == ""
    assert check(one, italian) == ""


def required(shapes: rdflib.Graph) -> list[tuple[str, str]]:
    """(class, property) of every minCount of our shapes."""
    found = []
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        target = shapes.value(shape, SH.targetClass)
        for rule in shapes.objects(shape, SH.property):
            if target and shapes.value(rule, SH.minCount):
                found.append((str(target), str(shapes.value(rule, SH.path))))
    return sorted(found)


def test_each_mandatory_property_is_missed_when_it_is_not_there(release, settings, italian):
    """Drop each in turn: the shapes must say so."""
    whole = graph_of(catalogue(release, Settings(home=settings.home, **SITE)))
    rules = required(italian)
    assert len(rules) >= 20
    for target, prop in rules:
        node = whole.value(None, RDF.type, rdflib.URIRef(target))
        assert node is not None, target
        less = rdflib.Graph()
        less += whole
        less.remove((node, rdflib.URIRef(prop), None))
        missed = [line for line in check(less, italian).splitlines() if "Less than 1" in line]
        name = prop.replace("#", "/").rsplit("/", 1)[-1]
        assert any(line.endswith(":" + name) for line in missed), (target, prop)


def test_our_shapes_ask_what_the_profile_asks(italian, needs):
    """Every exact or least cardinality of DCAT-AP_IT's ontology is a minCount of ours."""
    path = SHARED / "DCAT-AP_IT.ttl"
    needs(path.is_file(), "../shared/data/ontologies/DCAT-AP_IT.ttl is not here")
    profile = rdflib.Graph().parse(path)
    ours = set(required(italian))
    asked = set()
    for name in ("Catalog", "Dataset", "Distribution", "Agent", "Organization", "Standard"):
        for space in (IT, IT.replace("http:", "https:")):
            for parent in profile.objects(rdflib.URIRef(space + name), RDFS.subClassOf):
                exact = (OWL.cardinality, OWL.qualifiedCardinality, OWL.someValuesFrom)
                if any((parent, one, None) in profile for one in exact):
                    asked.add((IT + name, str(profile.value(parent, OWL.onProperty))))
    assert len(asked) >= 18
    assert asked <= ours


def test_every_authority_term_is_one_that_ontopia_uses(described, needs):
    needs(SHARED.is_dir(), "../shared/data/ontologies is not here")
    known = "".join(path.read_text(encoding="utf-8") for path in SHARED.rglob("*.ttl"))
    terms = {
        str(term)
        for triple in described
        for term in triple
        if str(term).startswith(
            ("http://publications.europa.eu/", "https://w3id.org/italia/", "http://purl.org/adms/")
        )
    }
    assert terms
    assert [term for term in terms if term not in known] == []


def test_nothing_is_made_up(release, settings):
    """Without an address to write to there is no contact; the publisher is the project."""
    shown = graph_of(catalogue(release, settings))
    vcard = "http://www.w3.org/2006/vcard/ns#"
    assert not [term for triple in shown for term in triple if str(term).startswith(vcard)]
    names = {str(name) for name in shown.objects(None, rdflib.FOAF.name)}
    assert "Progetto Talea" in names
    assert not any("Regione" in name for name in names)
