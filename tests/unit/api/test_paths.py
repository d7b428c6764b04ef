import shutil
from pathlib import Path

import pytest

import talea_api
from talea_api.paths import InstallationError, code_digest, locate


def folders(places):
    sources = places.sources
    return (
        sources.ontology,
        sources.records,
        sources.territory,
        sources.queries,
        places.templates,
        places.static,
    )


def test_a_checkout_is_read_in_place():
    places = locate()
    assert all(folder.is_dir() for folder in folders(places))
    assert not (Path(talea_api.__file__).parent / "_bundle").exists()


def test_a_wheel_carries_the_same_paths(tmp_path):
    package = tmp_path / "site-packages" / "talea_api"
    checkout = locate()
    for folder in folders(checkout):
        (package / "_bundle" / folder.relative_to(checkout.root)).mkdir(parents=True)
    places = locate(package)
    assert places.root == package / "_bundle"
    assert all(folder.is_dir() for folder in folders(places))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InstallationError, match="ontology"):
        locate(tmp_path / "api" / "talea_api")


def test_the_code_digest_follows_templates(tmp_path):
    checkout = locate()
    package = tmp_path / "talea_api"
    for folder in (checkout.sources.ontology, checkout.static):
        (package / "_bundle" / folder.relative_to(checkout.root)).mkdir(parents=True)
    templates = package / "_bundle" / "site" / "templates"
    shutil.copytree(checkout.templates, templates)
    before = code_digest(locate(package))
    assert before == code_digest(locate(package))
    (templates / "error.html").write_text("changed")
    assert code_digest(locate(package)) != before
