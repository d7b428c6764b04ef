"""The home adds, replaces and withdraws records; what is bad in it stays out and is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from talea_catalogue.build import Built, build
from talea_catalogue.namespaces import ID, resource
from talea_catalogue.release import Release, open_release
from talea_catalogue.search import Query
from talea_catalogue.sources import Sources

BOOK = "pratica/bari-social-book"
OWL = "http://www.w3.org/2002/07/owl#"
DCT = "http://purl.org/dc/terms/"
MARK = f"<{ID}{BOOK}> <{OWL}deprecated> true ."

Make = Callable[[], tuple[Built, Release]]


@pytest.fixture
def make(tmp_path: Path, small: Sources) -> Make:
    """Build the one-practice catalogue with the records of the home, and open it."""

    def call() -> tuple[Built, Release]:
        built = build(small, tmp_path, code_digest="code")
        return built, open_release(built.folder, small.queries)

    return call


def found(release: Release, words: str) -> list[str]:
    return [hit.brief.slug for hit in release.search.search(Query(words)).hits]


def test_a_record_of_the_home_replaces_the_shipped_one(
    put: Callable[..., Path], make: Make, model_record: str
) -> None:
    put(f"{BOOK}.ttl", model_record.replace("Bari Social Book", "Bari legge forte"))
    built, release = make()
    assert built.problems == []
    assert built.conflicts == [
        f"{ID}{BOOK}: la scheda della tua cartella sostituisce quella fornita"
    ]
    assert found(release, "forte") == ["bari-social-book"]
    practice = release.repository.practice("bari-social-book")
    assert practice is not None
    assert (practice.title or "").startswith("Bari legge forte")


def test_a_record_of_the_home_adds_a_practice(
    put: Callable[..., Path], make: Make, model_record: str
) -> None:
    put("pratica/nuova.ttl", model_record.replace("/bari-social-book", "/nuova"))
    built, release = make()
    assert (built.problems, built.conflicts) == ([], [])
    assert found(release, "libri") == ["bari-social-book", "nuova"]
    assert release.repository.level("nuova").level == 2


@pytest.mark.parametrize(
    "text",
    [
        MARK,
        MARK.replace("true", '"1"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        f"{MARK} <{ID}{BOOK}> <{DCT}isReplacedBy> <{ID}pratica/nuova> .",
        "THE WHOLE RECORD " + MARK,
    ],
    ids=["mark", "mark as 1", "replaced", "mark on a whole record"],
)
def test_a_withdrawn_practice_is_gone_and_found_nowhere(
    put: Callable[..., Path], make: Make, model_record: str, text: str
) -> None:
    put(f"{BOOK}.ttl", text.replace("THE WHOLE RECORD", model_record))
    put("pratica/nuova.ttl", model_record.replace("/bari-social-book", "/nuova"))
    built, release = make()
    repository = release.repository
    assert built.problems == []
    gone = repository.gone(ID + BOOK)
    assert gone is not None
    assert gone.replaced_by == (ID + "pratica/nuova" if "isReplacedBy" in text else None)
    assert repository.practice("bari-social-book") is None
    assert repository.listed() == ["nuova"]
    assert found(release, "") == found(release, "libri") == ["nuova"]
    assert built.manifest.counts["pratica"] == 1
    left = {triple.predicate.value for triple in repository.triples(ID + BOOK)}
    assert left <= {f"{OWL}deprecated", f"{DCT}isReplacedBy"}


BAD: dict[str, tuple[str | bytes, str]] = {
    "not Turtle": ("@prefix broken", "Turtle non valido"),
    "not UTF-8": ("<a:b> <a:c> 'è' .".encode("latin-1"), "non è in UTF-8"),
    "empty": ("", "non dice che cosa è"),
    "about nothing": (f"<{ID}{BOOK}> <a:b> 1 .", "non dice che cosa è"),
    "no source": ("-dct:source", "serve almeno una fonte"),
    "no promoter": ("-talea:promotedBy", "serve almeno un ente promotore"),
    "wrong ISTAT code": ("luogo/072006>=luogo/072999>", "rimanda a una voce inesistente"),
    "unknown property": ("talea:promoterOffice=talea:promoterOfice", "proprietà inesistente"),
    "unknown concept": ("area-tematica\\/4=area-tematica\\/9", "voce inesistente"),
    "English title": ('leggere"@it=leggere"@en', "atteso un testo in italiano"),
    "script for a source": ("<http://www.baritoday.it=<javascript:alert", "serve almeno una fonte"),
    "text for a year": ("startYear 2016=startYear '2016'", "numero intero"),
}


@pytest.mark.parametrize(("change", "told"), BAD.values(), ids=BAD)
def test_a_bad_record_is_named_and_the_shipped_one_stays(
    put: Callable[..., Path],
    make: Make,
    model_record: str,
    change: str | bytes,
    told: str,
) -> None:
    text: str | bytes = change
    if isinstance(change, str) and change.startswith("-"):
        text = "\n".join(
            line for line in model_record.splitlines() if not line.strip().startswith(change[1:])
        )
    elif isinstance(change, str) and "=" in change:
        before, after = change.split("=")
        assert before in model_record
        text = model_record.replace(before, after)
    path = put(f"{BOOK}.ttl", text)
    built, release = make()
    assert any(told in str(p) and str(p).startswith(f"{path}: ") for p in built.problems)
    assert all(p.file == str(path) for p in built.problems)
    assert built.manifest.problems == tuple(map(str, built.problems))
    practice = release.repository.practice("bari-social-book")
    assert practice is not None
    assert practice.title == "Bari Social Book – luoghi sociali per leggere"


def test_a_bad_new_record_takes_with_it_only_what_points_to_it(
    put: Callable[..., Path], make: Make, model_record: str
) -> None:
    bad = put(
        "ente/nuovo.ttl", f"<{ID}ente/nuovo> a <https://w3id.org/talea/onto/SocialEnterprise> ."
    )
    leans = put(
        "pratica/nuova.ttl",
        model_record.replace("/bari-social-book", "/nuova").replace("ente/c_a662", "ente/nuovo"),
    )
    built, release = make()
    assert {p.file for p in built.problems} == {str(bad), str(leans)}
    assert release.repository.listed() == ["bari-social-book"]


def test_a_record_cannot_speak_for_the_territory(put: Callable[..., Path], make: Make) -> None:
    paths = [
        put("ente/ats-trani.ttl", f'<{ID}ente/ats-trani> <{DCT}title> "Altro"@it .'),
        put("luogo/072006.ttl", f'<{ID}luogo/072006> a <{DCT}Location> ; <{DCT}title> "Bori"@it .'),
        put("luogo/110009.ttl", f"<{ID}luogo/110009> <{OWL}deprecated> true ."),
    ]
    built, release = make()
    assert {p.file for p in built.problems} == {str(path) for path in paths}
    bari = release.repository.comune("072006")
    assert bari is not None
    assert bari.name == "Bari"
    assert release.repository.gone(resource("luogo", "110009")) is None


def test_a_deep_or_huge_file_does_not_stop_the_build(put: Callable[..., Path], make: Make) -> None:
    put("pratica/profonda.ttl", "<a:b> <a:c> " + "(" * 300_000)
    put("pratica/grande.ttl", "#" * 3_000_000)
    put("pratica/lunga.ttl", f'<{ID}pratica/lunga> <{DCT}title> "{"a" * 1_500_000}"@it .')
    built, _ = make()
    assert {Path(p.file).stem for p in built.problems} == {"profonda", "grande", "lunga"}


def test_the_dump_holds_each_record_in_its_own_graph(
    put: Callable[..., Path], make: Make, model_record: str
) -> None:
    put("pratica/nuova.ttl", model_record.replace("/bari-social-book", "/nuova"))
    _, release = make()
    for quad in ox.parse(path=str(release.dump), format=ox.RdfFormat.N_QUADS):
        subject = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
        for kind in ("pratica/", "scheda/"):
            if subject.startswith(ID + kind):
                slug = subject.removeprefix(ID + kind).split("/")[0]
                assert quad.graph_name.value.rsplit("/graph/")[-1] in (
                    f"pratica/{slug}",
                    "derivati",
                )
