"""Write `terms.py` from the ontology: `python -m talea_catalogue.generate_terms ONTOLOGY_DIR`.

A drift test runs `render` and compares it with the committed file, so that a term can only be
added in `ontology/` and never typed into code by hand.
"""

import sys
from pathlib import Path

import pyoxigraph as ox

BASE = "https://w3id.org/talea/onto/"
_OWL = "http://www.w3.org/2002/07/owl#"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_KINDS = {_OWL + "Class", _OWL + "ObjectProperty", _OWL + "DatatypeProperty"}


def local_names(ontology: Path) -> list[str]:
    """Local names of our own classes and properties in the modules of `ontology`, sorted."""
    names = set()
    for module in sorted(ontology.glob("*.ttl")):
        for quad in ox.parse(path=str(module), format=ox.RdfFormat.TURTLE):
            subject, kind = quad.subject, quad.object
            if (
                quad.predicate == _TYPE
                and isinstance(kind, ox.NamedNode)
                and kind.value in _KINDS
                and isinstance(subject, ox.NamedNode)
                and subject.value.startswith(BASE)
            ):
                names.add(subject.value.removeprefix(BASE))
    return sorted(names)


def render(ontology: Path) -> str:
    """The text of `terms.py` for the modules in `ontology`."""
    lines = [
        '"""IRIs of the ontology\'s own terms. Generated: see `generate_terms`. Do not edit."""',
        "",
        "from typing import Final",
        "",
        "from pyoxigraph import NamedNode",
        "",
        f'BASE: Final = "{BASE}"',
        "",
        "",
        "class T:",
        '    """Classes and properties of `talea:`, by their local name."""',
        "",
    ]
    lines += [f'    {name}: Final = NamedNode(BASE + "{name}")' for name in local_names(ontology)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("terms.py").write_text(render(Path(sys.argv[1])), encoding="utf-8")
