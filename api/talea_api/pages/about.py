"""`/progetto`, `/privacy`, `/note-legali`, `/accessibilita`: Talea about itself."""

from typing import Any, Final

from ..render import Page, safe_url
from ..views import Visit
from .common import EDITION, href, page

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
