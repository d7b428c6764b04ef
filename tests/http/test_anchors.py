"""Every part of a practice has an address, and the address leads to a place that is there."""

from talea_catalogue import namespaces as ns


def test_every_part_of_every_practice_has_its_place_on_the_page(client, release):
    parts = 0
    for brief in release.repository.briefs(release.repository.listed()):
        page = client.page(f"/pratiche/{brief.slug}").text
        triples = release.repository.triples(brief.iri)
        for part in {triple.subject.value for triple in triples}:
            if not part.startswith(brief.iri + "/"):
                continue
            path, _, anchor = (
                client.page("/" + part.removeprefix(ns.ROOT)).headers["location"].partition("#")
            )
            assert path == f"/pratiche/{brief.slug}"
            assert f'id="{anchor}"' in page, part
            parts += 1
    assert parts > 1_000


def test_every_part_of_every_replication_has_its_place_on_its_page(client, release):
    parts = 0
    told = release.repository.replications_of
    several = {one.slug for slug in release.repository.slugs() for one in told(slug)}
    for slug in sorted(several):
        iri = ns.resource("replica", slug)
        triples = release.repository.triples(iri)
        page = client.page(f"/risorse/replica/{slug}").text
        for part in {triple.subject.value for triple in triples}:
            if not part.startswith(iri + "/"):
                continue
            path, _, anchor = (
                client.page("/" + part.removeprefix(ns.ROOT)).headers["location"].partition("#")
            )
            assert path == f"/risorse/replica/{slug}"
            assert f'id="{anchor}"' in page, part
            parts += 1
    assert parts > 100
