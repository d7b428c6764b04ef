"""A transfer plan as a document: its sections in their fixed order, with what nobody says."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from talea_catalogue import namespaces as ns
from talea_catalogue.model import Component, Measurement, ReportedResult
from talea_catalogue.replicability import COMPARED, Check, Criterion, Said
from talea_catalogue.replicability.beside import Known, Names, money, own, quantity
from talea_catalogue.replicability.plan import Answer, Plan

from ..language import Lang
from ..pages.practice import KINDS
from ..render import LOCALES, day, safe_url
from .document import Block, Document, Item, List, Paragraph, Section, Style, Table, Words, web

__all__ = ["Frame", "document"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a plan is written with: the language, names of IRIs, and absolute addresses of pages."""

    lang: Lang
    names: Names
    address: Callable[[str], str | None]
    """IRI -> the page about it, None where there is none."""
    title: str
    page: str
    """The address at which the plan is made."""

    def text(self, it: str, en: str) -> str:
        """A sentence in the language of the plan."""
        return en if self.lang == "en" else it

    def say(self, said: Said) -> Words:
        """A sentence of ours."""
        return Words(said.to(self.lang))

    def quote(self, text: str, iri: str | None = None) -> Words:
        """Words of a record."""
        return Words(text, italian=True, href=self.address(iri) if iri else None)

    def known(self, one: Known) -> Words:
        """Something that the catalogue knows."""
        href = self.address(one.iri) if one.iri else None
        return Words(one.text.to(self.lang), italian=one.quoted, href=href)

    def concept(self, scheme: str, notation: str) -> str:
        """The label of a concept."""
        return self.names(ns.concept(scheme, notation)).to(self.lang)

    def verdict(self, code: str) -> str:
        """The label of one of the five codes."""
        return self.concept("verdetto", code.replace("_", "-"))


def document(plan: Plan, frame: Frame) -> Document:
    """The whole document."""
    text = frame.text
    return Document(
        title=frame.title,
        subtitle=text(
            f"Piano di trasferimento per il Comune di {plan.comune}",
            f"Transfer plan for the Comune of {plan.comune}",
        ),
        lang=frame.lang,
        date=plan.date.isoformat(),
        facts=_facts(plan, frame),
        sections=tuple(make(plan, frame) for make in _SECTIONS),
        foot=text(
            f"Talea · regole {plan.rules.version}, domande {plan.questions.version}, "
            f"dati {plan.digest[:12]}",
            f"Talea · rules {plan.rules.version}, questions {plan.questions.version}, "
            f"data {plan.digest[:12]}",
        ),
        page=text("pagina", "page"),
    )


def _facts(plan: Plan, frame: Frame) -> tuple[tuple[str, Words], ...]:
    text, subject = frame.text, plan.fit.subject
    unsaid = text("non indicato", "not said")
    return (
        (text("Pratica", "Practice"), Words(frame.title, True, frame.address(subject.iri))),
        (
            text("Comune", "Comune"),
            Words(plan.comune, href=frame.address(ns.resource("luogo", plan.fit.istat))),
        ),
        (text("Chi risponde", "Who answers"), Words(plan.who or unsaid)),
        (text("Data", "Date"), Words(day(plan.date.isoformat(), LOCALES[frame.lang]))),
        (text("Che cosa è", "What it is"), frame.say(plan.rules.prediction)),
        (
            text("Dove si rifà", "Where it is made"),
            Words(
                text(
                    "Talea non conserva le risposte: sono solo in questo file. La pagina è qui.",
                    "Talea keeps no answers: they are in this file alone. The page is here.",
                ),
                href=frame.page,
            ),
        ),
    )


# --- Sections ---


def _blocks(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    blocks: list[Block] = []
    if not plan.checks:
        blocks.append(
            _silent(
                text("La scheda non dice che cosa serve.", "The sheet does not say what is needed.")
            )
        )
    else:
        count = len(plan.fit.blocks)
        told = text(
            f"Prerequisiti che bloccano: {count}. Sono quelli che una fonte dice vincolanti e che "
            "un dato noto nega.",
            f"Prerequisites that block: {count}. They are those that a source says are binding and "
            "that a known datum denies.",
        )
        blocks += [
            Paragraph(Words(told)),
            Table(
                (
                    text("Prerequisito", "Prerequisite"),
                    text("Esito", "Result"),
                    text("Perché, e chi lo può dire", "Why, and who could say it"),
                ),
                tuple(_check(one, frame) for one in plan.checks),
                (8, 5, 11),
            ),
        ]
    return Section(text("Blocchi e prerequisiti", "Blocks and prerequisites"), tuple(blocks))


def _check(one: Check, frame: Frame) -> tuple[Words, ...]:
    verdict = frame.verdict(one.verdict)
    if one.blocks:
        verdict = frame.text(f"Blocco ({verdict.lower()})", f"Block ({verdict.lower()})")
    who = dict.fromkeys(lack.who.to(frame.lang) for lack in one.missing)
    asked = frame.text("Chi lo può dire: ", "Who could say it: ") + ", ".join(who)
    why = " ".join(filter(None, (one.reason.to(frame.lang), asked + "." if who else "")))
    return frame.quote(one.it.title, one.iri), Words(verdict), Words(why)


def _differences(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    coverage = text(
        f"Criteri che si possono confrontare: {plan.fit.comparable} su {len(COMPARED)}. È "
        "giudicato solo ciò che la scheda dichiara critico, con un motivo.",
        f"Criteria that can be compared: {plan.fit.comparable} of {len(COMPARED)}. Only what the "
        "sheet declares critical, with a reason, is judged.",
    )
    blocks: list[Block] = [Paragraph(Words(coverage))]
    if plan.differences:
        head = (
            text("Criterio", "Criterion"),
            text("Esito", "Result"),
            text("Qui e là", "Here and there"),
        )
        rows = tuple(_criterion(one, frame) for one in plan.differences)
        blocks.append(Table(head, rows, (6, 5, 14)))
    informing = [
        Item(Words(f"{_label(one, frame)}: {one.reason.to(frame.lang)}")) for one in plan.informing
    ]
    if informing:
        blocks += [
            Paragraph(Words(text("Si sa inoltre:", "It is also known:"))),
            List("bullet", tuple(informing)),
        ]
    return Section(text("Che cosa è diverso", "What differs"), tuple(blocks))


def _label(one: Criterion, frame: Frame) -> str:
    return frame.concept("criterio", one.id.lower())


def _criterion(one: Criterion, frame: Frame) -> tuple[Words, ...]:
    why = one.reason.to(frame.lang)
    if one.judged and one.declared is not None:
        matters = frame.text("Perché conta: ", "Why it matters: ")
        why = f"{why} {matters}{one.declared.reason}"
    return Words(_label(one, frame)), Words(frame.verdict(one.verdict)), Words(why)


def _unknown(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    items = tuple(
        Item(
            frame.say(one.what),
            (Words(text("Chi lo può dire: ", "Who could say it: ") + one.who.to(frame.lang)),),
        )
        for one in plan.unknown
    )
    none = text(
        "Dei dati confrontati non ne manca nessuno.", "None of the data compared is missing."
    )
    return _listed(text("Che cosa non si sa", "What is not known"), "bullet", items, none)


def _answers(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    head = (text("Domanda", "Question"), text("Risposta", "Answer"), text("Nota", "Note"))
    rows = tuple(_answer(one, plan, frame) for one in plan.answers)
    told = text(
        "Le risposte sono del Comune: nessun dato le conferma o le nega.",
        "The answers are the Comune’s own: no datum confirms or denies them.",
    )
    return Section(
        text("Autovalutazione", "Self-assessment"),
        (Paragraph(Words(told), quiet=True), Table(head, rows, (5, 3, 4))),
    )


def _answer(one: Answer, plan: Plan, frame: Frame) -> tuple[Words, ...]:
    said = one.question.levels[one.level] if one.level else plan.questions.unanswered
    question = f"{one.question.id}. {one.question.text.to(frame.lang)}"
    return Words(question), frame.say(said), Words(one.note)


def _todo(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    items = tuple(
        Item(frame.say(one.what), tuple(frame.say(how) for how in one.how)) for one in plan.todo
    )
    none = text(
        "Dai dati e dalle risposte non resta nulla da chiedere.",
        "From data and answers nothing is left to ask.",
    )
    return _listed(text("Che cosa fare adesso", "What to do next"), "check", items, none)


def _steps(plan: Plan, frame: Frame) -> Section:
    it, text = plan.fit.subject.it, frame.text
    items = []
    for number, one in enumerate(it.steps, 1):
        when = "; ".join(filter(None, (one.period_as_said, one.duration_as_said)))
        line = frame.quote(one.title, f"{plan.fit.subject.iri}/fase/{number}")
        items.append(Item(line, (frame.quote(when),) if when else ()))
    none = text(
        "La scheda non dice in quali fasi è stata fatta.",
        "The sheet does not say in which stages it was done.",
    )
    title = text("Le fasi, come altri le hanno fatte", "The stages, as others went through them")
    return _listed(title, "number", items, none)


def _core(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    title = text(
        "Che cosa tenere e che cosa si può cambiare", "What to keep and what may be changed"
    )
    parts = [
        _component(plan, number, one, frame)
        for number, one in enumerate(plan.fit.subject.it.components, 1)
    ]
    blocks: list[Block] = []
    if parts:
        head = (text("Parte", "Part"), text("È essenziale?", "Is it core?"), text("Perché", "Why"))
        blocks.append(Table(head, tuple(parts), (4, 2, 5)))
    else:
        blocks.append(
            _silent(
                text(
                    "La scheda non dice di quali parti è fatta.",
                    "The sheet does not say what it is made of.",
                )
            )
        )
    changes = tuple(Item(frame.known(one)) for one in plan.known["A3"])
    if changes:
        blocks += [
            Paragraph(
                Words(text("Altri hanno cambiato, o consigliano:", "Others changed, or advise:"))
            ),
            List("bullet", changes),
        ]
    return Section(title, tuple(blocks))


def _component(plan: Plan, number: int, one: Component, frame: Frame) -> tuple[Words, ...]:
    core = {
        True: frame.text("Sì", "Yes"),
        False: frame.text("No, si può cambiare", "No, it may be changed"),
        None: frame.text("Nessuna fonte lo dice", "No source says it"),
    }[one.core]
    why = " ".join(filter(None, (one.description, one.reason)))
    iri = f"{plan.fit.subject.iri}/componente/{number}"
    return frame.quote(one.title, iri), Words(core), frame.quote(why)


def _acts(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    none = text("La scheda non nomina atti.", "The sheet names no acts.")
    return _listed(text("Gli atti", "The acts"), "bullet", _items(plan.known["A1"], frame), none)


def _people(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    none = text(
        "La scheda non dice quale personale serve.", "The sheet does not say which staff is needed."
    )
    title = text("Il personale", "The staff")
    return _listed(title, "bullet", _items(plan.known["A4"], frame), none)


def _contacts(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    none = text("La scheda non dice chi l’ha fatta.", "The sheet does not say who did it.")
    items = [Item(frame.known(one), _role(plan, one, frame)) for one in plan.contacts]
    page = plan.fit.subject.it.web_page
    if page:
        items.append(Item(Words(page, href=safe_url(page))))
    items += [Item(frame.quote(one.title)) for one in plan.fit.subject.it.tools]
    title = text("Chi chiamare", "Whom to call")
    section = _listed(title, "bullet", items, none)
    told = text(
        "Il catalogo nomina enti e non persone: le pagine dicono che cosa se ne sa.",
        "The catalogue names bodies and no persons: the pages say what is known of them.",
    )
    return Section(section.title, (Paragraph(Words(told), quiet=True), *section.blocks))


def _role(plan: Plan, one: Known, frame: Frame) -> tuple[Words, ...]:
    text, closest = frame.text, plan.fit.closest
    roles = []
    if one.iri in plan.fit.subject.it.promoters or one.iri == plan.fit.subject.iri:
        roles.append(text("la promuove", "its promoter"))
    if closest is not None and one.iri in (closest.adopter.replication, closest.adopter.iri):
        roles.append(
            text(
                "tra chi l’ha fatta, il più simile a voi", "of those who did it, the most like you"
            )
        )
    for iri, replication in plan.fit.subject.replications:
        if iri == one.iri:
            kind = frame.names(replication.kind).to(frame.lang).lower()
            roles.append(text(f"ripresa altrove: {kind}", f"taken up elsewhere: {kind}"))
            if replication.start_year is not None:
                roles.append(
                    text(f"dal {replication.start_year}", f"since {replication.start_year}")
                )
    return (Words("; ".join(roles)),) if roles else ()


def _costs(plan: Plan, frame: Frame) -> Section:
    it, text = plan.fit.subject.it, frame.text
    lines = [Item(frame.say(money(one, own(""), frame.names))) for one in (*it.budgets, *it.costs)]
    if it.resource_note:
        lines.append(Item(frame.quote(it.resource_note)))
    payers = _items(plan.known["A9"], frame)
    none = text("La scheda non dà somme.", "The sheet gives no sums.")
    blocks = list(_listed("", "bullet", lines, none).blocks)
    if len(it.budgets) + len(it.costs) > 1:
        blocks.insert(
            0,
            Paragraph(
                Words(
                    text(
                        "Le somme non si aggiungono una all’altra: possono riferirsi a cose e "
                        "anni diversi.",
                        "The sums do not add up: they may refer to different things and years.",
                    )
                ),
                quiet=True,
            ),
        )
    blocks.append(Paragraph(Words(text("Chi ha pagato:", "Who paid:"))))
    none = text("La scheda non dice chi ha pagato.", "The sheet does not say who paid.")
    blocks += _listed("", "bullet", payers, none).blocks
    return Section(
        text("I costi, come li dicono le fonti", "The costs, as sources tell them"), tuple(blocks)
    )


def _indicators(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    head = (
        text("Che cosa", "What"),
        text("Valore riportato", "Value reported"),
        text("Che cosa è, e come si sa", "What it is, and how it is known"),
    )
    rows = tuple(_measured(one, frame) for one in plan.measured)
    told = text(
        "Quello che altri hanno contato o misurato, da usare per scegliere le proprie misure.",
        "What others counted or measured, to choose one’s own measures from.",
    )
    blocks: list[Block] = [Paragraph(Words(told), quiet=True)]
    if rows:
        blocks.append(Table(head, rows, (4, 3, 4)))
    else:
        blocks.append(
            _silent(text("La scheda non riporta misure.", "The sheet reports no measures."))
        )
    if plan.told:
        blocks += [
            Paragraph(Words(text("Com’è andata altrove:", "How it went elsewhere:"))),
            List(
                "bullet",
                tuple(Item(frame.quote(f"{who}: {how}", iri)) for iri, who, how in plan.told),
            ),
        ]
    return Section(text("Le misure da seguire", "Measures to follow"), tuple(blocks))


def _measured(one: ReportedResult, frame: Frame) -> tuple[Words, ...]:
    measure = one.measurement or Measurement()
    told = (KINDS[one.kind].title.to(frame.lang), measure.period_as_said, measure.method_as_said)
    return (
        frame.quote(one.description),
        frame.quote(quantity(measure, frame.names).to(frame.lang)),
        frame.quote("; ".join(filter(None, told))),
    )


def _sources(plan: Plan, frame: Frame) -> Section:
    text = frame.text
    none = text("La scheda non nomina fonti.", "The sheet names no sources.")
    items = [Item(web(one)) for one in plan.sources]
    return _listed(text("Fonti", "Sources"), "number", items, none)


_SECTIONS: Final[tuple[Callable[[Plan, Frame], Section], ...]] = (
    _blocks,
    _differences,
    _unknown,
    _answers,
    _todo,
    _steps,
    _core,
    _acts,
    _people,
    _contacts,
    _costs,
    _indicators,
    _sources,
)


# --- What several share ---


def _items(several: Iterable[Known], frame: Frame) -> list[Item]:
    return [Item(frame.known(one)) for one in several]


def _listed(title: str, style: Style, items: Sequence[Item], none: str) -> Section:
    """A section that is one list, or that says that there is nothing in it."""
    return Section(title, (List(style, tuple(items)) if items else _silent(none),))


def _silent(text: str) -> Paragraph:
    return Paragraph(Words(text), quiet=True)
