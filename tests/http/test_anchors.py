"""Every part of what has a page has an address, which leads to a place that is there."""

from talea_catalogue import namespaces as ns


def parts_in_place(client, release, iri, path):
    """How many parts a resource has; each of their addresses leads to a place on its page."""
    page = client.page(path).text
    subjects = {triple.subject.value for triple in release.repository.triples(iri)}
    parts = [one for one in subjects if one.startswith(iri + "/")]
    for part in parts:
        answer = client.page("/" + part.removeprefix(ns.ROOT))
        there, _, anchor = answer.headers["location"].partition("#")
        assert there == path
        assert f'id="{anchor}"' in page, part
    return len(parts)


def test_every_part_of_every_practice_has_its_place_on_the_page(client, release):
    briefs = release.repository.briefs(release.repository.listed())
    found = (parts_in_place(client, release, b.iri, f"/pratiche/{b.slug}") for b in briefs)
    assert sum(found) > 1_000


def test_every_part_of_every_replication_has_its_place_on_its_page(client, release):
    told = release.repository.replications_of
    slugs = {one.slug for slug in release.repository.slugs() for one in told(slug)}
    found = (
        parts_in_place(client, release, ns.resource("replica", slug), f"/risorse/replica/{slug}")
        for slug in slugs
    )
    assert sum(found) > 100
