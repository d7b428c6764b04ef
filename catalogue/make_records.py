"""A maintainer's script: the gathered facts become the shipped records of practices.

    python catalogue/make_records.py ../shared/data/practices

It runs the importer on the four files, as any user would, and copies what it writes into
`catalogue/records`. Editorial decisions that the files do not carry are the tables below, each with
its reason; nothing else is changed.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from talea_catalogue.intake.json_file import import_json
from talea_catalogue.intake.merge import Same
from talea_catalogue.sources import Sources

RECORDS = Path(__file__).parent / "records"
FILES = ("documented_practices.json", "festival_2024.json", "deep_practices.json", "transfers.json")
MADE = ("pratica", "replica", "luogo", "ente")

SAME_PRACTICE = {
    "pippi-programma-nazionale": "scheda-pippi",
    "torino-affiancamento-familiare": "scheda-affiancamento-familiare",
}
"""Two ids for one practice (README of the data): the record keeps the second."""

SAME_PARTS: dict[str, Same] = {
    "scheda-pippi": {"components": {0: 0, 2: 4}, "costs": {1: 0}},
    "scheda-affiancamento-familiare": {"components": {1: 1, 2: 2}, "results": {0: 0, 2: 3}},
}
"""Parts of the first of those records that say what a part of the second already says."""

STEPS = {
    "scheda-affiancamento-familiare": ("torino-affiancamento-familiare", (0, 4, 5, 1, 2, 7, 3))
}
"""Steps of two records of one practice in the order of time: numbers over both lists, one after the
other. The seventh is left out: «Sperimentazione», told with the same length in the third, to which
its years are added."""

RELATED = {"scheda-patti-collaborazione": ["bologna-regolamento-beni-comuni"]}
"""Two practices with a link that is not a replication (README of the data)."""

NOT_HERE = ("torino-case-del-quartiere", "puglia-provi-vita-indipendente")
"""Records that `integra_id` names and no file holds: the link would lead nowhere."""

NOT_OF_THE_RECORD = "Scheda già in raccolta: qui solo i campi di approfondimento."
"""A sentence of `nota_confidenza` about the file: of the record, which holds both, it is untrue."""

NOT_A_CHANGE = (
    ("scheda-patti-collaborazione", "Budapest, Danzica e Cluj-Napoca (progetto CO4CITIES)"),
    ("scheda-case-del-quartiere", "Budapest, Danzica e Cluj-Napoca"),
)
"""Replications (by id and body) whose `cosa_cambia` says what was passed on and how, not a change:
the words say where the link comes from, and the kind is not an adaptation."""

NAMED_BY_ITS_ID = {
    "torino-portinerie-comunita (ispirazione dichiarata)": (
        "Portinerie di comunità – Spaccio di cultura, Torino (ispirazione dichiarata)",
        "torino-portinerie-comunita",
    )
}
"""Who took a practice up, given as the id of a sheet and not as a name: the name, and the sheet."""

SITES = ("andria-passpartu-affido-culturale", "riga-ngo-house")
"""Practices whose `luogo` is a building or a quarter and not a Comune."""

TOLD_TWICE = {
    ("scheda-pippi", "Regione Toscana con Grosseto, Siena e Piana di Lucca (2015-2016)"): [
        f"scheda-pippi-a-{place}" for place in ("grosseto", "siena", "lucca")
    ],
    ("scheda-affiancamento-familiare", "Comune e provincia di Ferrara"): [
        "scheda-affiancamento-familiare-a-ferrara"
    ],
    (
        "scheda-affiancamento-familiare",
        "Distretti di Como, Olgiate, Lomazzo-Fino, Menaggio e Alto Lario",
    ): ["scheda-affiancamento-familiare-a-como"],
    ("scheda-affiancamento-familiare", "Roma, Municipi XIII e XIV"): [
        "scheda-affiancamento-familiare-a-roma"
    ],
    ("scheda-affiancamento-familiare", "Verona e Parma"): [
        "scheda-affiancamento-familiare-a-verona",
        "scheda-affiancamento-familiare-a-parma",
    ],
    ("scheda-patti-collaborazione", "Comune di Rovereto"): [
        "bologna-regolamento-beni-comuni-a-rovereto"
    ],
    ("scheda-patti-collaborazione", "Budapest, Danzica e Cluj-Napoca (progetto CO4CITIES)"): [
        f"torino-co-city-a-{place}" for place in ("budapest", "danzica", "cluj-napoca")
    ],
    ("scheda-case-del-quartiere", "Budapest, Danzica e Cluj-Napoca"): [
        f"torino-co-city-a-{place}" for place in ("budapest", "danzica", "cluj-napoca")
    ],
    ("torino-portinerie-comunita", "Agrigento"): ["torino-portinerie-comunita-a-agrigento"],
    ("barcellona-radars", "Igualada"): ["barcellona-radars-a-igualada"],
    ("udine-playful-paradigm", "Cork (IE)"): ["udine-playful-paradigm-a-cork"],
    ("udine-playful-paradigm", "Igualada (ES)"): ["udine-playful-paradigm-a-igualada"],
    ("udine-playful-paradigm", "Lousã (PT)"): ["udine-playful-paradigm-a-lousa"],
    ("udine-playful-paradigm", "Jelgava (LV)"): ["udine-playful-paradigm-a-jelgava"],
    ("udine-playful-paradigm", "Grosuplje (SI)"): ["udine-playful-paradigm-a-grosuplje"],
    (
        "udine-playful-paradigm",
        "Donegal, Portlaoise, Rush, Rathdrum e Sligo (IE, rete nazionale)",
    ): [
        f"cork-lets-play-a-{place}"
        for place in ("donegal", "portlaoise", "rush", "rathdrum", "sligo")
    ],
}
"""Replications told inside a practice (by id and body) that are also transfers of their own."""

SERVICES = {
    ("scheda-pippi", "Finanziamento dedicato per Ambito (FNPS o PNRR)"): ["pnrr-1-1-1"],
    ("scheda-housing-first", "Fondo per affitti, utenze ed équipe"): ["pnrr-1-3-1"],
    (
        "scheda-red-puglia",
        "Servizio sociale di Ambito in grado di prendere in carico",
    ): ["assistenti-sociali"],
}
"""Prerequisites (by id and description) that a type of service or fund of the Ambito answers."""


TOPICS = Path(__file__).parent / "topics.json"
"""Practice -> concepts that the editors assign to it, each with the words of the sheet for it."""


def main(folder: Path) -> None:
    """Write `catalogue/records` from the files in `folder`."""
    with tempfile.TemporaryDirectory() as name:
        layer = make(folder, Path(name))
        for kind in MADE:
            if kind != "ente":
                shutil.rmtree(RECORDS / kind, ignore_errors=True)
            if (layer / kind).is_dir():
                shutil.copytree(layer / kind, RECORDS / kind, dirs_exist_ok=True)


def make(folder: Path, work: Path) -> Path:
    """The layer of records made from the files in `folder`, inside the empty folder `work`."""
    shipped, home, gathered = work / "shipped", work / "home", work / "gathered.json"
    for kind in ("evento", "progetto", "piano", "ente"):
        if (RECORDS / kind).is_dir():
            shutil.copytree(RECORDS / kind, shipped / kind)
    gathered.write_text(json.dumps(edited(folder), ensure_ascii=False), encoding="utf-8")
    root = RECORDS.parent.parent
    sources = Sources(
        ontology=root / "ontology",
        records=shipped,
        territory=RECORDS.parent / "territory",
        queries=root / "sparql" / "queries",
    )
    report = import_json(gathered, sources, home, SAME_PARTS)
    if report.problems:
        raise SystemExit("\n".join(map(str, report.problems)))
    return home / "records"


def edited(folder: Path) -> dict[str, Any]:
    """The four files as one document, with the editorial decisions applied."""
    practices: list[dict[str, Any]] = []
    transfers: list[dict[str, Any]] = []
    for name in FILES:
        data = json.loads((folder / name).read_text(encoding="utf-8"))
        practices += data if isinstance(data, list) else data["practices"]
        transfers += [] if isinstance(data, list) else data["transfers"]
    by_id = {item["id"]: item for item in practices}
    for first, (second, order) in STEPS.items():
        both = by_id[first]["fasi"] + by_id[second].pop("fasi")
        both[2]["quando"] = both[6]["quando"]
        both[2]["altre_fonti"] = [both[6]["fonte"]]
        by_id[first]["fasi"] = [both[number] for number in order]
    topics = json.loads(TOPICS.read_text(encoding="utf-8"))
    for item in practices:
        if item["id"] in SAME_PRACTICE:
            item["id"], item["scheda_esistente"] = SAME_PRACTICE[item["id"]], True
        if assigned := topics.pop(item["id"], None):
            item["temi"] = [{"concetto": c, "parole": words} for c, words in assigned.items()]
        if note := item.pop("nota_confidenza", "").replace(NOT_OF_THE_RECORD, "").strip():
            item["nota_confidenza"] = note
        if item["id"] in SITES:
            item["sede"] = item.pop("luogo")
        if item["id"] in RELATED:
            item["correlate"] = RELATED[item["id"]]
        for told in item.get("repliche", []):
            if ids := TOLD_TWICE.get((item["id"], told["ente"])):
                told["dettaglio_in"] = ids
            if (item["id"], told["ente"]) in NOT_A_CHANGE:
                told["nota_origine"] = told.pop("cosa_cambia")
        texts = item.get("replicata_da", [])
        if sheets := dict(NAMED_BY_ITS_ID[text] for text in texts if text in NAMED_BY_ITS_ID):
            item["replicata_da"] = [NAMED_BY_ITS_ID.get(text, (text,))[0] for text in texts]
            item["replicata_da_scheda"] = sheets
        twice = {
            text: TOLD_TWICE[item["id"], text] for text in texts if (item["id"], text) in TOLD_TWICE
        }
        if twice:
            item["replicata_da_dettaglio"] = twice
        for condition in item.get("prerequisiti", []):
            if isinstance(condition, dict) and (
                services := SERVICES.get((item["id"], condition["descrizione"]))
            ):
                condition["richiede_servizio"] = services
        for field in ("replica_di", "integra_id"):
            if field in item:
                ids = [SAME_PRACTICE.get(id_, id_) for id_ in item[field]]
                item[field] = [id_ for id_ in ids if id_ not in NOT_HERE]
    for transfer in transfers:
        start, end = transfer["id"].split("__")
        start = SAME_PRACTICE.get(start, start)
        transfer |= {"id": f"{start}__{end}", "from": start}
    return {"practices": practices, "transfers": transfers}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
