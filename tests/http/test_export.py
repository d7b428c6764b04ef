"""A copy of the catalogue as files: whole, with no link that leads nowhere, the same twice."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from talea_api import cli
from talea_api.export.folder import MARKER, SUMS, replacing
from talea_api.export.site import export
from talea_api.failures import MachineError, UsageError

LINK = re.compile(r'<\w[^>]*?\s(?:href|src|xlink:href)="([^"]*)"')


@pytest.fixture
def made(static_copy):
    """A copy of a part of the catalogue."""
    return static_copy


def faults(root: Path) -> list[str]:
    """The links of every page of a copy that lead to no file, or to no place in it."""
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    texts = {file: (root / file).read_text() for file in files if file.endswith(".html")}
    places = {file: set(re.findall(r'\sid="([^"]*)"', text)) for file, text in texts.items()}
    found = []
    for file, text in texts.items():
        text = re.sub(r"<script[^>]*>(?!</script>).*?</script>", "", text, flags=re.DOTALL)
        for written in LINK.findall(text):
            parts = urlsplit(unescape(written))
            if parts.scheme in ("http", "https", "mailto"):
                continue
            there = os.path.normpath(os.path.join(os.path.dirname(file), unquote(parts.path)))
            there = there if parts.path else file
            if (
                parts.path.startswith("/")
                or parts.netloc
                or there not in files
                or (parts.fragment and there in places and parts.fragment not in places[there])
            ):
                found.append(f"{file}: {written}")
    return found


def test_every_link_leads_to_a_file_and_to_a_place_in_it(made):
    assert not faults(made)


@pytest.mark.bench
def test_the_whole_catalogue_has_no_link_that_leads_nowhere(settings, places, release, tmp_path):
    copied = export(settings, places, release, tmp_path / "talea")
    assert copied.files > 6_000
    assert not copied.lost
    assert not faults(tmp_path / "talea")


def test_no_control_is_left_that_does_nothing(made):
    pages = [path.read_text() for path in made.rglob("*.html")]
    assert len(pages) > 20
    for text in pages:
        forms = re.findall(r"<form[^>]*>", text)
        assert all("data-copy-search" in one for one in forms)
        outside = re.sub(r"<form.*?</form>", "", text, flags=re.DOTALL)
        assert not re.search(r"<(button|input|select|textarea)\b", outside)
        assert "127.0.0.1" not in text


def test_every_page_says_that_it_is_a_copy_and_of_what(made, release):
    for path in made.rglob("*.html"):
        text = path.read_text()
        assert text.count('class="copy-band"') == 1, path
        assert release.manifest.data_digest_short in text, path


def test_all_practices_are_on_the_page_that_searches_them(made, release):
    page = (made / "pratiche.html").read_text()
    index = (made / "indice.js").read_text()
    data = json.loads(index.removeprefix("var TALEA_INDICE=").removesuffix(";\n"))
    assert set(re.findall(r'data-slug="([^"]+)"', page)) == set(data["practices"])
    assert set(data["practices"]) == set(release.repository.slugs()) - bare(release)
    assert len(index.encode()) < 400_000


def bare(release):
    briefs = release.repository.briefs(release.repository.slugs())
    return {brief.slug for brief in briefs if brief.level == 0}


def test_downloads_are_those_of_the_site(made, client, release):
    digest = release.manifest.data_digest_short
    for path in ("/pratiche/scheda-pippi.ttl", f"/dati/versioni/{digest}/talea.nq.gz"):
        assert (made / path[1:]).read_bytes() == client.get(path).content
    assert (made / "dati/versioni" / digest / "SHA256SUMS").is_file()


def test_the_digests_are_those_of_the_files(made):
    lines = (made / SUMS).read_text().splitlines()
    assert len(lines) == sum(path.is_file() for path in made.rglob("*")) - 1
    for line in lines:
        digest, file = line.split("  ", 1)
        assert hashlib.sha256((made / file).read_bytes()).hexdigest() == digest


def test_who_opens_the_folder_is_told_what_it_is(made, release):
    text = (made / "LEGGIMI.txt").read_bytes().decode()
    assert release.manifest.data_digest in text
    assert "index.html" in text
    assert "CC BY 4.0" in text


def test_the_same_release_gives_the_same_bytes(made, make_copy, tmp_path):
    again = tmp_path / "altra"
    make_copy(again)
    assert (again / SUMS).read_bytes() == (made / SUMS).read_bytes()


# --- The folder


def test_an_earlier_copy_is_replaced_whole(tmp_path):
    out = tmp_path / "copia"
    for body in (b"prima", b"dopo"):
        with replacing(out) as folder:
            folder.write(f"{body.decode()}.html", body)
            folder.finish({})
    assert sorted(path.name for path in out.iterdir()) == sorted(["dopo.html", MARKER, SUMS])
    assert [path.name for path in tmp_path.iterdir()] == ["copia"]


def test_what_is_not_a_copy_is_never_touched(tmp_path):
    mine = tmp_path / "tesi.odt"
    mine.write_text("mia")
    with pytest.raises(UsageError, match=r"tesi\.odt"), replacing(tmp_path):
        pass
    assert mine.read_text() == "mia"
    with pytest.raises(UsageError, match="è un file"), replacing(mine):
        pass


def test_a_file_that_somebody_put_in_a_copy_is_never_lost(tmp_path):
    out = tmp_path / "copia"
    with replacing(out) as folder:
        folder.finish({})
    (out / "appunti.txt").write_text("miei")
    with pytest.raises(UsageError, match=r"appunti\.txt"), replacing(out):
        pass
    assert (out / "appunti.txt").read_text() == "miei"


def test_a_failure_leaves_the_earlier_copy_as_it_was(tmp_path):
    out = tmp_path / "copia"
    with replacing(out) as folder:
        folder.write("a.html", b"a")
        folder.finish({})
    with pytest.raises(MachineError, match="lo spazio su disco è finito"):
        _full_disk(out)
    with pytest.raises(KeyboardInterrupt), replacing(out):
        raise KeyboardInterrupt
    assert sorted(path.name for path in out.iterdir()) == sorted(["a.html", MARKER, SUMS])
    assert [path.name for path in tmp_path.iterdir()] == ["copia"]


def _full_disk(out):
    with replacing(out) as folder:
        folder.write("b.html", b"b")
        raise OSError(errno.ENOSPC, "No space left on device", "b.html")


@pytest.mark.parametrize("file", ["../a", "/etc/a", "a/../../b", "a\\..\\b", "a\0"])
def test_nothing_is_written_outside_the_folder(tmp_path, file):
    with pytest.raises(ValueError), replacing(tmp_path / "copia") as folder:
        folder.write(file, b"")


def test_the_command_refuses_at_once(tmp_path, capsys, home):
    (tmp_path / "x").write_text("x")
    assert cli.main(["export", "--static", str(tmp_path), "--home", str(home)]) == cli.USAGE
    assert "contiene qualcosa" in capsys.readouterr().err
    inside = ["export", "--static", "/proc/nuova/copia", "--home", str(home)]
    assert cli.main(inside) == cli.ENVIRONMENT
    assert "/proc/nuova" in capsys.readouterr().err
