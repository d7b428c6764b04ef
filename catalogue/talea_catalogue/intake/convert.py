"""From one JSON item to a practice, or a transfer, and the bodies and places that it names.

Pure: the same item with the same territory and vocabularies gives the same record. Whatever is not
in the item's words is either looked up (a Comune's code) or recognised by a vocabulary label, and
then attributed as inferred.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from decimal import Decimal

from .. import model
from .. import namespaces as ns
from ..gazetteer import AmbiguousPlace, Gazetteer
from ..terms import T
from ..text import fold, slugify
from ..validate import territory_resources
from ..vocabulary import Recogniser, Vocabulary
from . import items

INFERRED = ns.concept("origine", "inferita")
BY_LABEL = "Riconosciuta da una regola nelle parole della scheda, non dichiarata da una fonte."

_ASSIGNABLE = {
    "bisogno": T.needCategory,
    "target": T.targetGroup,
    "tipo-intervento": T.interventionType,
}
BY_EDITORS = "Collegamento fatto dalla redazione, non dichiarato da una fonte."

_CONFIDENCE = {"low": "bassa", "medium": "media", "high": "alta"}
_BODY_KINDS = {
    "ETS": model.BodyKind.THIRD_SECTOR,
    "Comune estero": model.BodyKind.FOREIGN,
    "Unione estera": model.BodyKind.FOREIGN,
    "Impresa sociale": model.BodyKind.SOCIAL_ENTERPRISE,
    "Provincia": model.BodyKind.PROVINCE,
}
"""Kinds of body by the type of promoter; any other type is several bodies together."""

_SAME_PROGRAMME = ("stesso programma", "stesso programma nazionale")
_A_COMUNE = re.compile(r"^(?:Comune|Città) (?:di |d'|del |dell')(?P<name>[^,;/()]+)$")
_SEVERAL_COMUNI = re.compile(
    r"\b(?:territorio della provincia|consorzi|consorzio|unione|ambito|ambiti|distretto|distretti"
    r"|societa della salute|per la zona)\b"
)
"""Words (folded) of an adopter that spans several Comuni: the one given is only its seat."""

MAX_SLUG = 120
"""Longest name of a new body or place in an address, in characters."""

_QUALIFIERS = ("circa", "oltre", "quasi", "fino a")
_NOT_ONE_REGION = ("varie",)
"""What an item says in place of a region where there are several."""

_AMOUNT_WORDS = {
    "circa": "circa",
    "importo approssimato": "circa",
    "oltre": "oltre",
    "poco piu di": "oltre",
    "quasi": "quasi",
    "fino a": "fino-a",
}
_QUALIFIED_UNIT = re.compile(rf"^(?P<unit>.*?)\s*\((?P<word>{'|'.join(_QUALIFIERS)})\)$")


class FieldError(ValueError):
    """A value that cannot enter: `field` is its path, the message is Italian."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True)
class Converted:
    """A practice and the records of bodies and places that it needs."""

    practice: model.Practice
    bodies: tuple[model.Body, ...]
    places: tuple[model.PlaceElsewhere, ...]


@dataclass(frozen=True, slots=True)
class ConvertedTransfer:
    """A transfer and the records of places that it needs."""

    transfer: model.Transfer
    places: tuple[model.PlaceElsewhere, ...]


Components = Mapping[str, str]
"""IRI of each component of one practice by its folded title."""


def transfer_slug(id_: str) -> str:
    """The slug of a transfer: `udine-…-a-cork` for the id `udine-…__cork`."""
    return id_.replace("__", "-a-")


class Converter:
    """Turns checked items into practices.

    `editions` maps an edition's number to its IRI; `practices` and `transfers` are the slugs that
    may be named.
    """

    def __init__(
        self,
        gazetteer: Gazetteer,
        vocabulary: Vocabulary,
        editions: Mapping[int, str],
        practices: Set[str],
        transfers: Set[str] = frozenset(),
    ) -> None:
        self._gazetteer = gazetteer
        self._vocabulary = vocabulary
        self._editions = editions
        self._practices = practices
        self._transfers = transfers
        self._taken = territory_resources(gazetteer)
        self._recognise = {
            name: Recogniser(concept for concept, _ in scheme.concepts)
            for name, scheme in vocabulary.schemes.items()
        }

    def convert(self, item: items.Item) -> Converted:
        """The practice of one item; raises `FieldError` where a name means nothing here."""
        country = model.PlaceElsewhere(
            slug=self._slug("luogo", item.paese, "paese"), name=item.paese
        )
        places = {country.slug: country}
        region = self._region(item, places)
        promoter, bodies = self._promoter(item)
        resources = item.risorse or items.Resources()
        interventions = self._find("tipo-intervento", item.titolo, *item.azioni)
        funding = self._find("fonte-finanziamento", resources.fonte_finanziamento)
        needs = tuple(
            model.Need(title=text, categories=self._find("bisogno", text, item.titolo))
            for text in (item.bisogno,)
            if text
        )
        recipients = tuple(
            model.RecipientGroup(title=text, categories=self._find("target", text))
            for text in item.destinatari
        )
        obstacles = tuple(self._obstacle(obstacle) for obstacle in item.ostacoli)
        acts = tuple(self._act(act) for act in item.atti)
        inferred = {
            T.needCategory: any(need.categories for need in needs),
            T.targetGroup: any(group.categories for group in recipients),
            T.interventionType: bool(interventions),
            T.fundingSource: bool(funding),
            T.obstacleType: any(obstacle.types for obstacle in obstacles),
            T.actType: any(act.types for act in acts),
        }
        assigned = self._assigned(item)
        interventions = _joined(interventions, _of_scheme("tipo-intervento", assigned))
        needs = tuple(
            replace(need, categories=_joined(need.categories, _of_scheme("bisogno", assigned)))
            for need in needs
        )
        recipients = self._with_assigned(recipients, _of_scheme("target", assigned))
        home = self._comune(item, item.realizzatore.comune_istat, "realizzatore.comune_istat")
        practice = model.Practice(
            slug=item.id,
            title=item.titolo,
            promoters=(promoter,),
            promoter_as_said=item.realizzatore.nome,
            promoter_office=item.realizzatore.struttura,
            promoter_place=home,
            promoter_members=self._members(item),
            implemented_in=self._implemented_in(item, places),
            region=region,
            country=ns.resource("luogo", country.slug),
            period_as_said=item.periodo,
            start_year=item.anno_inizio,
            thematic_areas=tuple(
                sorted({ns.concept("area-tematica", str(n)) for n in item.area_tematica.valori})
            )
            if item.area_tematica
            else (),
            interventions=interventions,
            region_as_said=item.regione if item.regione in _NOT_ONE_REGION else None,
            venue=item.sede,
            level_as_said=item.livello_attuazione,
            needs=needs,
            recipients=recipients,
            context=_context(item.contesto),
            actions=tuple(model.Action(title=text) for text in item.azioni),
            components=tuple(
                model.Component(
                    title=c.nome,
                    description=c.descrizione,
                    core=c.essenziale,
                    reason=c.motivo,
                    sources=c.sources,
                )
                for c in item.componenti
            ),
            steps=tuple(
                model.Step(
                    title=s.fase,
                    period_as_said=s.quando,
                    duration_as_said=s.durata,
                    sources=s.sources,
                )
                for s in item.fasi
            ),
            acts=acts,
            results=tuple(_result(result) for result in item.esiti),
            evaluations=tuple(_evaluation(e) for e in (item.valutazione,) if e),
            budgets=tuple(_sum(b.importo, b.nota) for b in resources.budget_eur),
            costs=tuple(_cost(cost) for cost in item.costi),
            staff=tuple(_staff(item, resources)),
            funding_as_said=resources.fonte_finanziamento,
            funding=funding,
            resource_note=resources.nota,
            partners=tuple(
                model.Partner(name=name, body=self._ambito_named(name)) for name in item.partner
            ),
            prerequisites=tuple(self._prerequisite(p) for p in item.prerequisiti),
            critical_factors=tuple(
                model.CriticalFactor(
                    title=f.fattore,
                    reason=f.motivo,
                    criteria=tuple(sorted({ns.concept("criterio", name) for name in f.criteri})),
                    sources=f.sources,
                )
                for f in item.fattori_critici
            ),
            failures=tuple(
                model.FailureCondition(
                    description=f.testo or f.situazione or "",
                    basis_as_said=f.base,
                    sources=f.sources,
                )
                for f in item.quando_non_funziona
            ),
            adaptation_advice=tuple(
                model.AdaptationAdvice(
                    title=a.elemento, description=a.testo or a.descrizione or "", sources=a.sources
                )
                for a in item.cosa_adattare
            ),
            tools=tuple(
                model.ReplicationTool(title=t.nome, sources=t.sources)
                for t in item.strumenti_di_replica
            ),
            obstacles=obstacles,
            improvements=(model.ImprovementArea(description=item.margini_miglioramento),)
            if item.margini_miglioramento
            else (),
            replicability=item.replicabilita,
            replications=(
                *(self._replication(text, item) for text in item.replicata_da),
                *(self._replica(told, n) for n, told in enumerate(item.repliche)),
            ),
            replica_of=self._named(item.replica_di, "replica_di"),
            lineage_roles=tuple(
                sorted({ns.concept("ruolo-filiera", role) for role in item.ruolo_nella_filiera})
            ),
            deepens=self._named(item.integra_id, "integra_id"),
            related=self._named(item.correlate, "correlate"),
            plans=tuple(sorted({ns.resource("piano", plan) for plan in item.piani})),
            related_experiences=tuple(
                model.RelatedExperience(title=e.ente, year=e.anno, note=e.nota, sources=e.sources)
                for e in item.esperienze_affini
            ),
            web_page=item.pagina_web,
            presented_at=self._presented_at(item),
            same_body=self._named(
                item.pratiche_documentate_stesso_ente, "pratiche_documentate_stesso_ente"
            ),
            record=_record(
                item,
                [term.value for term, found in inferred.items() if found],
                self._told(assigned),
            ),
        )
        return Converted(practice, bodies, tuple(places[slug] for slug in sorted(places)))

    def convert_transfer(
        self, item: items.TransferItem, components: Components
    ) -> ConvertedTransfer:
        """The transfer of one item; `components` are those of the practice that it starts from."""
        places = [
            model.PlaceElsewhere(slug=self._slug("luogo", item.paese, "paese"), name=item.paese)
        ]
        country = ns.resource("luogo", places[0].slug)
        place, body = None, None
        if item.to_comune and item.paese == "Italia":
            if not _SEVERAL_COMUNI.search(fold(item.to_ente)):
                place, body = self._comune_named(item.to_comune)
            if body and not _names_comune(item.to_ente, item.to_comune):
                body = None
        elif item.to_comune:
            elsewhere = model.PlaceElsewhere(
                slug=self._slug(
                    "luogo", item.to_comune, "to_comune", before=f"{slugify(item.paese)}-"
                ),
                name=item.to_comune,
                country=country,
            )
            places.append(elsewhere)
            place = ns.resource("luogo", elsewhere.slug)
        return ConvertedTransfer(
            model.Transfer(
                slug=transfer_slug(item.id),
                replicates=ns.resource("pratica", item.origin_practice),
                as_said=item.to_ente,
                place_as_said=item.to_comune,
                country=country,
                adopted_in=place,
                adopted_by=(body,) if body else (),
                kind=_kind(item.origine, any(c.base == "dichiarata" for c in item.cosa_cambia)),
                origin=_origin(item.origine),
                start_year=item.anno_inizio,
                status=ns.concept("stato-replica", item.stato) if item.stato else None,
                programme_as_said=item.programma,
                keeps=tuple(sorted(set(item.cosa_mantiene))),
                adaptations=tuple(
                    model.Adaptation(
                        title=c.elemento,
                        description=c.come,
                        reason=c.motivo,
                        basis=ns.concept("base-adattamento", c.base),
                        component=components.get(fold(c.elemento)),
                    )
                    for c in item.cosa_cambia
                ),
                outcome_as_said=item.esito,
                context=_context(item.contesto_destinazione),
                obstacles=tuple(
                    model.Obstacle(
                        description=o.ostacolo, overcome_by=o.superamento, sources=o.sources
                    )
                    for o in item.ostacoli
                ),
                budgets=(_sum(item.risorse.importo_eur, item.risorse.nota),)
                if item.risorse
                else (),
                note=item.nota,
                yields=next(
                    iter(self._named(filter(None, (item.to_practice_id,)), "to_practice_id")), None
                ),
                sources=tuple(sorted(set(item.fonti))),
            ),
            tuple(places),
        )

    def _prerequisite(self, item: items.PrerequisiteItem) -> model.Prerequisite:
        return model.Prerequisite(
            title=item.descrizione,
            type=self._concept("tipo-prerequisito", item.tipo, "prerequisiti.tipo"),
            binding=item.vincolante,
            reason=item.motivo,
            check_as_said=item.verificabile_con,
            required_services=tuple(
                sorted({ns.concept("tipo-servizio", name) for name in item.richiede_servizio})
            ),
            measure=self._concept("grandezza", item.grandezza, "prerequisiti.grandezza"),
            at_least=_number(item.almeno),
            at_most=_number(item.al_massimo),
            form=self._concept("forma-ambito", item.forma_ambito, "prerequisiti.forma_ambito"),
            sources=item.sources,
        )

    def _concept(self, scheme: str, word: str | None, field: str) -> str | None:
        """The concept whose notation is the word that the item uses."""
        if word is None:
            return None
        iri = ns.concept(scheme, slugify(word))
        if iri not in self._vocabulary.concepts:
            raise FieldError(field, f"«{word}» non è nel vocabolario «{scheme}»")
        return iri

    def _obstacle(self, item: items.ObstacleItem) -> model.Obstacle:
        return model.Obstacle(
            description=item.ostacolo,
            overcome_by=item.superamento,
            types=self._find("tipo-ostacolo", item.ostacolo),
            sources=item.sources,
        )

    def _act(self, item: items.ActItem) -> model.Act:
        return model.Act(
            title=item.atto,
            types=self._find("tipo-atto", item.atto),
            adopted_by_as_said=item.organo,
            year=item.anno,
            sources=item.sources,
        )

    def _find(self, scheme: str, *texts: str | None) -> tuple[str, ...]:
        recogniser = self._recognise.get(scheme)
        return recogniser.find(*texts) if recogniser else ()

    def _assigned(self, item: items.Item) -> dict[str, str]:
        """Concept that the editors assign -> the words of the sheet that they read it in."""
        found = {}
        for topic in item.temi:
            iri = ns.concept(*topic.concetto.split("/", 1))
            if iri not in self._vocabulary.concepts:
                raise FieldError("temi", f"«{topic.concetto}» non è nei vocabolari")
            found[iri] = topic.parole
        if item.bisogno is None and _of_scheme("bisogno", found):
            raise FieldError("temi", "un tema del bisogno, ma nessun bisogno")
        return found

    def _with_assigned(
        self, groups: tuple[model.RecipientGroup, ...], assigned: Mapping[str, str]
    ) -> tuple[model.RecipientGroup, ...]:
        """The groups; an assigned concept goes to the one that its words or a broader one name."""
        found = list(groups)
        for iri, words in assigned.items():
            above = set(self._vocabulary.ancestors(iri))
            said = [
                number
                for number, one in enumerate(found)
                if words in one.title or one.title in words or above & set(one.categories)
            ]
            if not said and len(found) != 1:
                raise FieldError("temi", f"nessun gruppo di destinatari per «{words}»")
            at = said[0] if said else 0
            found[at] = replace(found[at], categories=_joined(found[at].categories, (iri,)))
        return tuple(found)

    def _told(self, assigned: Mapping[str, str]) -> dict[str, str]:
        """Property -> which concepts the editors assigned, and on what words."""
        told: dict[str, list[str]] = {}
        for iri, words in assigned.items():
            concept = self._vocabulary.concepts[iri]
            about = _ASSIGNABLE[concept.scheme].value
            told.setdefault(about, []).append(f"«{concept.label_it}» per le parole «{words}»")
        return {
            about: f"Assegnata dalla redazione leggendo la scheda: {'; '.join(each)}."
            for about, each in told.items()
        }

    def _slug(self, kind: str, name: str, field: str, before: str = "") -> str:
        """The slug of a new body or place, which no body or place of the territory has."""
        try:
            slug = before + slugify(name)
        except ValueError:
            raise FieldError(field, f"«{name}» non ha lettere latine né cifre") from None
        if len(slug) > MAX_SLUG:
            raise FieldError(field, f"è un nome di oltre {MAX_SLUG} caratteri")
        if ns.resource(kind, slug) in self._taken:
            raise FieldError(field, f"«{name}» è già un luogo o un ente del territorio")
        return slug

    def _named(self, slugs: Iterable[str], field: str) -> tuple[str, ...]:
        found = set()
        for slug in slugs:
            if slug not in self._practices:
                raise FieldError(field, f"nessuna pratica «{slug}»")
            found.add(ns.resource("pratica", slug))
        return tuple(sorted(found))

    # -- places

    def _comune(self, item: items.Item, name: str | None, field: str) -> str | None:
        if name is None:
            return None
        if item.paese != "Italia":
            raise FieldError(field, f"«{name}» non è in Italia: nessun codice ISTAT")
        try:
            found = self._gazetteer.find(
                name, region=item.regione, province=item.realizzatore.provincia
            )
        except AmbiguousPlace as error:
            found_in = ", ".join(f"{c.name} ({c.province_code})" for c in error.candidates)
            raise FieldError(field, f"«{name}» indica più Comuni: {found_in}") from error
        if found is None:
            raise FieldError(field, f"nessun Comune «{name}» nella regione {item.regione}")
        return found.place_iri

    def _comune_named(self, name: str) -> tuple[str | None, str | None]:
        """Place and body of the only Comune of that name; nothing where none or several have it."""
        try:
            comune = self._gazetteer.find(name)
        except AmbiguousPlace:
            comune = None
        return (comune.place_iri, comune.body_iri) if comune else (None, None)

    def _region(self, item: items.Item, places: dict[str, model.PlaceElsewhere]) -> str | None:
        if item.regione is None or item.regione in _NOT_ONE_REGION:
            return None
        if item.paese == "Italia":
            for province in self._gazetteer.provinces.values():
                if fold(province.region).split("/")[0] == fold(item.regione):
                    return province.region_iri
            raise FieldError("regione", f"«{item.regione}» non è una regione italiana")
        return self._elsewhere(item.regione, "regione", item, places)

    def _elsewhere(
        self, name: str, field: str, item: items.Item, places: dict[str, model.PlaceElsewhere]
    ) -> str:
        place = model.PlaceElsewhere(
            slug=self._slug("luogo", name, field, before=f"{slugify(item.paese)}-"),
            name=name,
            country=ns.resource("luogo", slugify(item.paese)),
        )
        places[place.slug] = place
        return ns.resource("luogo", place.slug)

    def _implemented_in(
        self, item: items.Item, places: dict[str, model.PlaceElsewhere]
    ) -> tuple[str, ...]:
        if item.luogo is None:
            return ()
        if item.paese != "Italia":
            return (self._elsewhere(item.luogo, "luogo", item, places),)
        names = [name.strip() for name in item.luogo.split(",")]
        return tuple(sorted(set(filter(None, (self._comune(item, n, "luogo") for n in names)))))

    def _members(self, item: items.Item) -> tuple[str, ...]:
        members = (
            self._comune(item, name, f"realizzatore.comuni[{number}]")
            for number, name in enumerate(item.realizzatore.comuni)
        )
        return tuple(sorted(set(filter(None, members))))

    # -- bodies

    def _promoter(self, item: items.Item) -> tuple[str, tuple[model.Body, ...]]:
        who = item.realizzatore
        if who.tipo in ("Comune", "Comune con ETS") or (
            who.tipo == "ATS" and item.regione not in _NOT_ONE_REGION
        ):
            if who.comune_istat is None:
                raise FieldError("realizzatore.comune_istat", "manca il nome del Comune")
            place = self._comune(item, who.comune_istat, "realizzatore.comune_istat")
            comune = self._gazetteer.by_istat(ns.local(place or ""))
            if who.tipo != "ATS":
                return comune.body_iri, ()
            ambito = self._gazetteer.ambito_of(comune.istat)
            if ambito is None:
                raise FieldError(
                    "realizzatore.comune_istat", f"nessun Ambito noto per {comune.name}"
                )
            return ambito.iri, ()
        if who.tipo == "Regione":
            name, kind = f"Regione {item.regione}", model.BodyKind.REGION
        else:
            name, kind = who.nome, _BODY_KINDS.get(who.tipo, model.BodyKind.PARTNERSHIP)
        body = model.Body(
            slug=self._slug("ente", name, "realizzatore.nome"),
            kind=kind,
            name=name,
            country=ns.resource("luogo", slugify(item.paese)),
        )
        return ns.resource("ente", body.slug), (body,)

    def _ambito_named(self, name: str) -> str | None:
        """The Ambito whose name or members are exactly the words after «ATS»."""
        if not name.startswith("ATS "):
            return None
        places = [fold(part) for part in re.split(r"\s+–\s+|-", name.removeprefix("ATS "))]
        found = [
            ambito
            for ambito in self._gazetteer.ambiti
            if all(
                any(fold(self._gazetteer.by_istat(m).name).startswith(p) for m in ambito.members)
                for p in places
            )
        ]
        return found[0].iri if len(found) == 1 else None

    # -- replications and Festival

    def _replication(self, text: str, item: items.Item) -> model.Replication:
        said = fold(text)
        own = fold(item.realizzatore.comune_istat or "")
        sheets = filter(None, [item.replicata_da_scheda.get(text)])
        if "stesso comune" in said or (own and said.endswith(f"({own})")):
            kind = "seconda-sede"
        elif "ispirazione" in said:
            kind = "ispirazione"
        elif "rete nazionale" in said or "stesso programma" in said:
            kind = "stesso-programma"
        else:
            kind = "non-precisata"
        place = None
        if item.paese == "Italia" and kind == "non-precisata":
            try:
                comune = self._gazetteer.find(text, region=item.regione)
                comune = comune or self._gazetteer.find(text)
            except AmbiguousPlace:
                comune = None
            place = comune.place_iri if comune else None
        return model.Replication(
            as_said=text,
            kind=ns.concept("genere-replica", kind),
            adopted_in=place,
            yields=next(iter(self._named(sheets, "replicata_da_scheda")), None),
            detailed_in=self._detailed(
                item.replicata_da_dettaglio.get(text, []), "replicata_da_dettaglio"
            ),
        )

    def _detailed(self, slugs: list[str], field: str) -> tuple[str, ...]:
        for slug in slugs:
            if slug not in self._transfers:
                raise FieldError(field, f"nessuna replica «{slug}»")
        return tuple(sorted({ns.resource("replica", slug) for slug in slugs}))

    def _replica(self, told: items.ReplicaItem, number: int) -> model.Replication:
        """A replication as a practice's own record tells it, with its sources."""
        named = _A_COMUNE.match(told.ente)
        place, body = self._comune_named(named["name"]) if named else (None, None)
        ambito = self._ambito_named(told.ente)
        return model.Replication(
            as_said=told.ente,
            kind=_kind(told.origine, told.cosa_cambia is not None),
            origin=_origin(told.origine),
            origin_note=told.nota_origine,
            adopted_in=place,
            adopted_by=tuple(filter(None, (body or ambito,))),
            start_year=told.anno,
            change_as_said=told.cosa_cambia,
            outcome_as_said=told.esito,
            detailed_in=self._detailed(told.dettaglio_in, f"repliche[{number}].dettaglio_in"),
            sources=told.sources,
        )

    def _presented_at(self, item: items.Item) -> tuple[str, ...]:
        festival = item.festival
        if festival.edizione is None:
            return ()
        edition = self._editions.get(festival.edizione)
        if edition is None:
            raise FieldError(
                "festival.edizione", f"l'edizione {festival.edizione} non è nel catalogo"
            )
        return (edition,) if festival.selezionata else ()


def _kind(origin: str, change_declared: bool) -> str:
    """The kind of a replication: an adaptation only where a source says what was changed."""
    if origin in _SAME_PROGRAMME:
        kind = "stesso-programma"
    else:
        kind = "adattamento" if change_declared and origin == "dichiarata" else "non-precisata"
    return ns.concept("genere-replica", kind)


def _origin(origin: str) -> str | None:
    """Where the link comes from; membership of one programme is no statement of a passage."""
    return None if origin in _SAME_PROGRAMME else ns.concept("origine", origin)


def _names_comune(body: str, comune: str) -> bool:
    named = _A_COMUNE.match(body)
    return named is not None and fold(named["name"]) == fold(comune)


def _context(item: items.ContextItem | None) -> model.Context | None:
    if item is None:
        return None
    return model.Context(residents=item.abitanti, note=item.nota, sources=item.sources)


def _evaluation(item: items.EvaluationItem) -> model.Evaluation:
    return model.Evaluation(
        design=item.disegno,
        comparison=item.confronto,
        evaluator=item.valutatore,
        note=item.nota,
        sources=item.sources,
    )


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _sum(amount: float, note: str | None) -> model.FinancialResource:
    return model.FinancialResource(
        amount=_number(amount), qualifier=_amount_qualifier(note), note=note
    )


def _cost(item: items.CostItem) -> model.FinancialResource:
    return model.FinancialResource(
        title=item.voce,
        amount=_number(item.importo_eur),
        maximum=_number(item.importo_max_eur),
        qualifier=_amount_qualifier(item.unita) or _amount_qualifier(item.nota),
        refers_to=item.unita,
        cost_type=ns.concept("tipo-costo", item.tipo) if item.tipo else None,
        note=item.nota,
        sources=item.sources,
    )


def _staff(item: items.Item, resources: items.Resources) -> Iterable[model.HumanResource]:
    if resources.personale:
        yield model.HumanResource(description=resources.personale)
    for role in item.personale:
        yield model.HumanResource(
            description=role.profilo or role.figura or "",
            people=_number(role.numero if role.numero is not None else role.quantita),
            hours_as_said=role.ore,
            note=role.nota,
            sources=role.sources,
        )


def _of_scheme(scheme: str, assigned: Mapping[str, str]) -> dict[str, str]:
    return {iri: words for iri, words in assigned.items() if iri.startswith(ns.concept(scheme, ""))}


def _joined(found: Iterable[str], assigned: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*found, *assigned}))


def _record(item: items.Item, recognised: Iterable[str], told: Mapping[str, str]) -> model.Record:
    """`recognised`: properties with concepts found by their labels; `told`: by the editors."""
    notes = dict.fromkeys(recognised, BY_LABEL)
    for about, note in told.items():
        notes[about] = " ".join(filter(None, (notes.get(about), note)))
    attributions = [
        model.Attribution(about=about, origin=INFERRED, note=note) for about, note in notes.items()
    ]
    linked = (
        (T.requiresService, any(p.richiede_servizio for p in item.prerequisiti)),
        (T.onCriterion, any(f.criteri for f in item.fattori_critici)),
    )
    attributions += [
        model.Attribution(about=about.value, origin=INFERRED, note=BY_EDITORS)
        for about, is_linked in linked
        if is_linked
    ]
    if item.area_tematica:
        attributions.append(
            model.Attribution(
                about=T.thematicArea.value,
                origin=ns.concept("origine", item.area_tematica.origine),
                note=item.area_tematica.nota,
            )
        )
    return model.Record(
        sources=tuple(sorted(set(item.fonti))),
        status=ns.concept("stato-editoriale", "pubblicata"),
        confidence=ns.concept("confidenza", _CONFIDENCE[item.confidenza]),
        confidence_note=item.nota_confidenza,
        editorial_note="\n\n".join(filter(None, (item.nota, item.nota_redazionale))) or None,
        selected=item.festival.selezionata,
        selection_note=item.festival.nota,
        link_confirmed=item.festival.link_confermato,
        attributions=tuple(sorted(attributions, key=lambda attribution: attribution.about)),
    )


def _amount_qualifier(note: str | None) -> str | None:
    """How a note qualifies its sum: only where a qualifier stands alone («…, quasi», «circa»).

    Inside other words it may mean something else, as in «oltre IVA».
    """
    for part in re.split(r"[,;:()]", note or ""):
        if (word := _AMOUNT_WORDS.get(fold(part))) is not None:
            return ns.concept("precisazione-valore", word)
    return None


def _result(item: items.Result) -> model.ReportedResult:
    unit, qualifier = item.unita, None
    if item.unita and (match := _QUALIFIED_UNIT.match(item.unita)):
        unit = match["unit"]
        qualifier = ns.concept("precisazione-valore", slugify(match["word"]))
    counted = not isinstance(item.baseline, str)
    measurement = model.Measurement(
        value=_number(item.valore),
        qualifier=qualifier or _amount_qualifier(item.unita) or _amount_qualifier(item.nota),
        unit=unit,
        unit_as_said=item.unita if qualifier else None,
        period_as_said=item.quando,
        baseline=_number(item.baseline) if counted else None,  # type: ignore[arg-type]
        baseline_as_said=item.baseline_nota if counted else str(item.baseline),
        method_as_said=item.come_misurato,
    )
    empty = measurement == model.Measurement()
    return model.ReportedResult(
        kind=item.tipo,
        description=item.descrizione,
        measurement=None if empty else measurement,
        note=item.nota,
        sources=item.sources,
    )
