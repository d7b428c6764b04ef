"""From one JSON item to a practice and the bodies and places that it names.

Pure: the same item with the same territory and vocabularies gives the same record. Whatever is not
in the item's words is either looked up (a Comune's code) or recognised by a vocabulary label, and
then attributed as inferred.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
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

_CONFIDENCE = {"low": "bassa", "medium": "media", "high": "alta"}
_BODY_KINDS = {
    "ETS": model.BodyKind.THIRD_SECTOR,
    "Comune estero": model.BodyKind.FOREIGN,
    "Unione estera": model.BodyKind.FOREIGN,
    "Impresa sociale": model.BodyKind.SOCIAL_ENTERPRISE,
}
MAX_SLUG = 120
"""Longest name of a new body or place in an address, in characters."""

_QUALIFIERS = ("circa", "oltre", "quasi", "fino a")
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


class Converter:
    """Turns checked items into practices.

    `editions` maps an edition's number to its IRI; `practices` are the slugs that may be named.
    """

    def __init__(
        self,
        gazetteer: Gazetteer,
        vocabulary: Vocabulary,
        editions: Mapping[int, str],
        practices: Set[str],
    ) -> None:
        self._gazetteer = gazetteer
        self._editions = editions
        self._practices = practices
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
        inferred = {
            T.needCategory: any(need.categories for need in needs),
            T.targetGroup: any(group.categories for group in recipients),
            T.interventionType: bool(interventions),
            T.fundingSource: bool(funding),
        }
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
            needs=needs,
            recipients=recipients,
            actions=tuple(model.Action(title=text) for text in item.azioni),
            results=tuple(_result(result) for result in item.esiti),
            budgets=tuple(
                model.FinancialResource(
                    amount=Decimal(str(b.importo)), qualifier=_amount_qualifier(b.nota), note=b.nota
                )
                for b in resources.budget_eur
            ),
            staff=(model.HumanResource(description=resources.personale),)
            if resources.personale
            else (),
            funding_as_said=resources.fonte_finanziamento,
            funding=funding,
            resource_note=resources.nota,
            partners=tuple(
                model.Partner(name=name, body=self._ambito_named(name)) for name in item.partner
            ),
            prerequisites=tuple(model.Prerequisite(title=text) for text in item.prerequisiti),
            obstacles=tuple(
                model.Obstacle(description=o.ostacolo, overcome_by=o.superamento)
                for o in item.ostacoli
            ),
            improvements=(model.ImprovementArea(description=item.margini_miglioramento),)
            if item.margini_miglioramento
            else (),
            replicability=item.replicabilita,
            replications=tuple(self._replication(text, item) for text in item.replicata_da),
            replica_of=self._named(item.replica_di, "replica_di"),
            web_page=item.pagina_web,
            presented_at=self._presented_at(item),
            same_body=self._named(
                item.pratiche_documentate_stesso_ente, "pratiche_documentate_stesso_ente"
            ),
            record=_record(item, [term.value for term, found in inferred.items() if found]),
        )
        return Converted(practice, bodies, tuple(places[slug] for slug in sorted(places)))

    def _find(self, scheme: str, *texts: str | None) -> tuple[str, ...]:
        recogniser = self._recognise.get(scheme)
        return recogniser.find(*texts) if recogniser else ()

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
        for slug in slugs:
            if slug not in self._practices:
                raise FieldError(field, f"nessuna pratica «{slug}»")
        return tuple(sorted({ns.resource("pratica", slug) for slug in slugs}))

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

    def _region(self, item: items.Item, places: dict[str, model.PlaceElsewhere]) -> str:
        if item.paese == "Italia":
            for province in self._gazetteer.provinces.values():
                if fold(province.region) == fold(item.regione):
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
        if who.tipo in ("Comune", "ATS"):
            if who.comune_istat is None:
                raise FieldError("realizzatore.comune_istat", "manca il nome del Comune")
            place = self._comune(item, who.comune_istat, "realizzatore.comune_istat")
            comune = self._gazetteer.by_istat(ns.local(place or ""))
            if who.tipo == "Comune":
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
            name, kind = who.nome, _BODY_KINDS[who.tipo]
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
        places = [fold(part) for part in re.split(r"\s+–\s+", name.removeprefix("ATS "))]
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
        other = re.match(r"^([a-z0-9]+(?:-[a-z0-9]+)+)(?: \(.*\))?$", text)
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
            yields=ns.resource("pratica", other[1])
            if other and other[1] in self._practices
            else None,
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


def _record(item: items.Item, inferred: list[str]) -> model.Record:
    attributions = [model.Attribution(about=a, origin=INFERRED, note=BY_LABEL) for a in inferred]
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
        selected=item.festival.selezionata,
        selection_note=item.festival.nota,
        link_confirmed=item.festival.link_confermato,
        attributions=tuple(sorted(attributions, key=lambda attribution: attribution.about)),
    )


def _amount_qualifier(note: str | None) -> str | None:
    """How a note qualifies its sum: only where a qualifier stands alone («…, quasi», «circa»).

    Inside other words it may mean something else, as in «oltre IVA».
    """
    for part in re.split(r"[,;:]", note or ""):
        if (word := _AMOUNT_WORDS.get(fold(part))) is not None:
            return ns.concept("precisazione-valore", word)
    return None


def _result(item: items.Result) -> model.ReportedResult:
    unit, qualifier = item.unita, None
    if item.unita and (match := _QUALIFIED_UNIT.match(item.unita)):
        unit = match["unit"]
        qualifier = ns.concept("precisazione-valore", slugify(match["word"]))
    measurement = model.Measurement(
        value=None if item.valore is None else Decimal(str(item.valore)),
        qualifier=qualifier,
        unit=unit,
        unit_as_said=item.unita if qualifier else None,
        period_as_said=item.quando,
        baseline_as_said=item.baseline,
        method_as_said=item.come_misurato,
    )
    empty = measurement == model.Measurement()
    return model.ReportedResult(
        kind=item.tipo, description=item.descrizione, measurement=None if empty else measurement
    )
