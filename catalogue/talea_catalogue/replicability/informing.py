"""The criteria that inform and carry no verdict: who else did it, what helps, what is unknown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from .. import namespaces as ns
from ..terms import T
from .asked import COMPARED, MANY, MISSING, Asked, Criterion, small
from .facts import Fact
from .said import Said, joined, listed

# --- C7: what is there already ---


_SAME_NETWORK: Final = ns.concept("genere-replica", "stesso-programma")


def duplicates(asked: Asked) -> Criterion:
    """C7: practices here or in the Ambito for the same need and the same people."""
    rule = asked.rule("C7")
    if not asked.others:
        return asked.answer("C7", rule.words["none"], ())
    found = listed([Said(f"«{one.title}»", f"“{one.title}”") for one in asked.others[:MANY]])
    facts = tuple(
        Fact(one.iri, T.needCategory.value, one.need, one.iri.replace("/pratica/", "/scheda/"))
        for one in asked.others
    )
    return asked.answer("C7", rule.say("some", found=found), facts)


# --- C11 to C14: what informs ---


def replicated(asked: Asked) -> Criterion:
    """C11: who has taken it up, by kind."""
    rule = asked.rule("C11")
    told = asked.subject.replications
    kinds: dict[str, int] = {}
    for _, one in told:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    network = kinds.pop(_SAME_NETWORK, 0)
    said = [
        Said(f"{small(name).it} ({number})", f"{small(name).en} ({number})")
        for name, number in ((asked.names(kind), n) for kind, n in sorted(kinds.items()))
    ]
    repeated = len(told) - network
    key = "none" if not repeated else "once" if repeated == 1 else "some"
    reason = rule.say(key, count=repeated, kinds=listed(said))
    if network:
        more = rule.say("network", count=network)
        reason = reason.then(more)
    facts = tuple(_of_replication(asked, iri, one.sources) for iri, one in told)
    figures = {"count": float(repeated), "network": float(network)}
    return asked.answer("C11", reason, facts, figures=figures)


def _of_replication(asked: Asked, iri: str, sources: tuple[str, ...]) -> Fact:
    fact = asked.subject.fact(T.replicates.value, asked.subject.iri, iri)
    if not sources:
        return fact
    return Fact(fact.subject, fact.predicate, fact.object, sources[0], sources=sources[1:])


_KIT: Final = (
    ("steps", "steps", T.hasStep, "fase"),
    ("staff", "staff", T.hasResource, "personale"),
    ("acts", "acts", T.hasAct, "atto"),
    ("costs", "costs", T.hasResource, "costo"),
    ("core", "components", T.hasComponent, "componente"),
    ("obstacles", "obstacles", T.hasObstacle, "ostacolo"),
    ("tools", "tools", T.hasReplicationTool, "strumento"),
)
"""Word, field of the record, predicate and segment of the parts that help to start again."""


def kit(asked: Asked) -> Criterion:
    """C12: which of the things needed to start again the sheet has."""
    rule, it = asked.rule("C12"), asked.subject.it
    found = [(word, link, part) for word, name, link, part in _KIT if getattr(it, name)]
    lacking = [rule.words[word] for word, name, _, _ in _KIT if not getattr(it, name)]
    facts = tuple(
        asked.subject.fact(link.value, f"{asked.subject.iri}/{part}/1") for _, link, part in found
    )
    if not found:
        return asked.answer("C12", rule.say("none", all=len(_KIT)), ())
    said = listed([rule.words[word] for word, _, _ in found])
    reason = rule.say("said", count=len(found), all=len(_KIT), found=said)
    if lacking:
        more = rule.say("lacking", lacking=listed(lacking))
        reason = reason.then(more)
    return asked.answer("C12", reason, facts, figures={"count": float(len(found))})


def recency(asked: Asked) -> Criterion:
    """C13: since when, and until when."""
    rule, it = asked.rule("C13"), asked.subject.it
    said: list[Said] = []
    facts: list[Fact] = []
    if it.start_year:
        said.append(rule.say("start", year=str(it.start_year)))
        facts.append(asked.subject.fact(T.startYear.value, str(it.start_year)))
    if it.period_as_said:
        said.append(rule.say("period", text=it.period_as_said))
        facts.append(asked.subject.fact(T.periodAsSaid.value, it.period_as_said))
    reason = joined(said) if said else None
    return asked.answer("C13", reason or rule.words["none"], facts)


def completeness(asked: Asked, others: Sequence[Criterion]) -> Criterion:
    """C14: which of the comparisons lack a datum; `others` are the results of C1 to C13."""
    rule = asked.rule("C14")
    compared = [one for one in others if one.id in COMPARED]
    lacking = [one for one in compared if one.verdict == MISSING]
    figures = {"comparable": float(len(compared) - len(lacking)), "of": float(len(compared))}
    if not lacking:
        reason = rule.say("all", of=len(compared))
    else:
        names = [small(asked.names(ns.concept("criterio", one.id.lower()))) for one in lacking]
        reason = rule.say(
            "some",
            comparable=len(compared) - len(lacking),
            of=len(compared),
            lacking=listed(names),
        )
    result = asked.answer("C14", reason, (), figures=figures)
    missing = tuple(dict.fromkeys(m for one in lacking for m in one.missing))
    return Criterion(
        result.id, result.verdict, False, result.reason, missing=missing, figures=figures
    )


INFORMING: Final[Mapping[str, Callable[[Asked], Criterion]]] = {
    "C7": duplicates,
    "C11": replicated,
    "C12": kit,
    "C13": recency,
}
"""Code -> criterion; C14 is about the others."""
