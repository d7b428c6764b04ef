"""`/dati`, `/progetto`, `/privacy`, `/note-legali`, `/accessibilita`: Talea about itself."""

from typing import Any, Final

from ..render import Page, safe_url
from ..views import Visit
from .common import EDITION, href, page
from .territory import LICENCES

EXAMPLE: Final = """\
[
  {
    "id": "NOME-taxi-sociale",
    "titolo": "Taxi sociale",
    "realizzatore": {
      "nome": "Comune di NOME",
      "tipo": "Comune",
      "comune_istat": "NOME"
    },
    "regione": "Puglia",
    "paese": "Italia",
    "bisogno": "Chi non guida non arriva alle visite mediche.",
    "destinatari": ["persone anziane sole"],
    "azioni": ["Un'auto con autista, da prenotare il giorno prima"],
    "fonti": ["https://www.example.org/taxi-sociale"],
    "confidenza": "medium",
    "festival": {"selezionata": null}
  }
]
""".replace("NOME-", "nome-")
"""The smallest file for `talea import` that makes a documented record; a test imports it."""


def data(visit: Visit) -> Page:
    """The release: what it is, how to take it, how to cite it, what it cannot say."""
    repository = visit.release.repository
    return page(
        visit,
        visit.text("I dati aperti", "The open data"),
        jsonld=_dataset(visit),
        data={
            "manifest": visit.release.manifest,
            "counts": dict(repository.counts()),
            "series": repository.series(),
            "licences": LICENCES,
            "site": visit.settings.base_url.rstrip("/"),
        },
    )


def project(visit: Visit) -> Page:
    """What Talea is, and whom to write to."""
    edition = href(visit, EDITION) if visit.release.repository.describe(EDITION) else None
    return _plain(visit, "Il progetto", "The project", edition=edition, example=EXAMPLE)


def privacy(visit: Visit) -> Page:
    """The privacy notice."""
    return _plain(visit, "Informativa sulla privacy", "Privacy notice")


def legal(visit: Visit) -> Page:
    """Licences and responsibilities."""
    return _plain(visit, "Note legali", "Legal notice")


def accessibility(visit: Visit) -> Page:
    """The accessibility statement, or that there is none yet."""
    statement = safe_url(visit.settings.accessibility_statement_url)
    return _plain(visit, "Accessibilità", "Accessibility", statement=statement)


def _plain(visit: Visit, it: str, en: str, **more: Any) -> Page:
    contact = visit.settings.feedback_email.strip()
    return page(
        visit,
        visit.text(it, en),
        data={"owner": visit.settings.site_owner, "contact": contact, **more},
    )


def _dataset(visit: Visit) -> dict[str, Any]:
    manifest = visit.release.manifest
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": "Talea",
        "description": visit.text(
            "Le buone pratiche del welfare locale, come grafo RDF.",
            "Good practices of local welfare, as an RDF graph.",
        ),
        "url": visit.settings.absolute(visit.base + visit.path),
        "version": manifest.data_digest,
        "dateModified": manifest.date,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "distribution": {
            "@type": "DataDownload",
            "encodingFormat": "application/n-quads",
            "contentUrl": visit.settings.absolute("/dati/talea.nq"),
            "sha256": manifest.dump_sha256,
        },
    }
