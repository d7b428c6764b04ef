import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_api.addresses import Document, document, site_path, well_formed
from talea_catalogue import namespaces as ns

BARI = ns.ID + "ente/c_a662"


def comune_of(body):
    return "072006" if body == BARI else None


@pytest.mark.parametrize(
    ("iri", "href"),
    [
        ("id/pratica/bari-social-book", "/pratiche/bari-social-book"),
        ("id/pratica/x/esito/1/misura/2", "/pratiche/x#esito-1"),
        ("id/scheda/x", "/pratiche/x#scheda"),
        ("id/luogo/072006", "/comuni/072006"),
        ("id/luogo/provincia-072", "/risorse/luogo/provincia-072"),
        ("id/ente/c_a662", "/comuni/072006#ente"),
        ("id/ente/ats-bari", "/ambiti/ats-bari"),
        ("id/ente/coop-x", "/risorse/ente/coop-x"),
        ("id/evento/festival-2024", "/risorse/evento/festival-2024"),
        ("onto/GoodPractice", "/ontologia#GoodPractice"),
        ("onto/", "/ontologia"),
        ("voc/target", "/vocabolari/target"),
        ("voc/target/anziani", "/vocabolari/target#anziani"),
    ],
)
def test_documents(iri, href):
    found = document(ns.ROOT + iri, comune_of)
    assert found is not None
    assert found.href == href


@pytest.mark.parametrize(
    "iri",
    [
        "https://example.org/id/pratica/x",
        ns.ROOT,
        ns.ID,
        ns.ID + "pratica",
        ns.ID + "pratica/",
        ns.ID + "pratica/../x",
        ns.ID + "pratica/x y",
        ns.ID + "pratica/x#y",
        ns.ID + "pratica//x",
        ns.VOC + "a/b/c",
        ns.VOC,
        ns.ROOT + "graph/x",
    ],
)
def test_what_describes_nothing(iri):
    assert document(iri, comune_of) is None


@given(st.text())
def test_any_text_is_answered(text):
    found = document(ns.ROOT + text, comune_of)
    assert found is None or (well_formed(ns.ROOT + text) and found.path.startswith("/"))


def test_types_and_paths():
    assert Document("/pratiche/x", "esito-1").as_type("ttl") == "/pratiche/x.ttl"
    assert site_path(ns.ID + "pratica/x") == "/id/pratica/x"
    assert site_path("https://example.org/x") is None
