"""Money and inhabitants said with a number: «sotto i 200 mila euro», «Comune da 3mila abitanti».

A number is one of these only with its unit: euro, a thousand or a million that nothing else is
counted in, inhabitants. A limit holds the number itself whatever the word («sotto i 5.000» as «fino
a 5.000»): people say round figures, and what costs just that is better shown. A size without «more»
or «less» is that of the official's own Comune: it means from half of it to twice as much, because
figures are rounded and the edge of a fixed class would part a Comune of 2,900 from one of 3,000. So
it is with what a project costs; the money that one has is a limit.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from .quantities import Quantity, Unit, quantities
from .reading import LOOK_BACK, OURSELVES, WORD, Heard, Said
from .wordings import FUNCTION_WORDS

_THE: Final = r"(?: (?:i|gli|le|ai|agli|alle|il|lo|la|the|a|an|un|una))?"
_LIMIT: Final = re.compile(
    r"(?<![^\W_])(?:(?P<most>non (?:piu di|oltre|superior[ei] (?:a|ai|agli))|no[t]? more than"
    r"|(?:al )?massimo(?: di)?|(?:al )?max\.?|(?:al di )?sotto(?: (?:di|dei|degli))?"
    r"|(?:al )?meno (?:di|dei|degli)|inferior[ei] (?:a|ai|agli|alle)"
    r"|fino (?:a|ai|agli|alle)(?: un massimo di)?|entro|(?:un )?tetto (?:di|dei)|under|below"
    r"|(?:less|fewer) than|up to|at most|within|(?:a )?maximum(?: of)?|<=?|≤)"
    r"|(?P<least>non (?:meno di|inferior[ei] (?:a|ai|agli))|no[t]? less than|(?:al di )?sopra"
    r"(?: (?:di|dei|degli))?|(?:di )?piu (?:di|dei|degli)|superior[ei] (?:a|ai|agli|alle)|oltre"
    r"|almeno|minimo|a partire da|over|above|more than|at least|>=?|≥)"
    r"|(?P<about>circa|all ?incirca|intorno (?:a|ai|agli)|about|around|approximately|roughly))"
    + _THE + r" ?$"
)  # fmt: skip
_BETWEEN: Final = re.compile(r"(?<![^\W_])(?:tra|fra|da|dai|dagli|between|from)" + _THE + r" ?$")
_AND: Final = re.compile(r" ?(?:[-–—]|(?:e|ed|and|to|a|ad|ai|agli)(?: (?:i|gli|the))?) ?")
_HAVING: Final = re.compile(
    r"(?<![^\W_])(?:(?:abbiamo|ho|con|having|with|avendo)(?: (?:soli|solo|appena|only|just))?"
    r"(?: (?:un|a|the) )?(?: ?budget)?(?: (?:di|da|of))?|(?:un |a )?budget (?:di|da|of)) ?$"
)
_OF: Final = re.compile(r"(?<![^\W_])(?:di|da|con|of|with) $")
_WITH: Final = re.compile(r"(?<![^\W_])(?:con|with) $")
_BUDGET: Final = re.compile(r"budget|spesa")
_WORTH: Final = re.compile(
    r"(?<![^\W_])(?:progett[oi]|intervent[oi]|pratic(?:a|he)|iniziativ[ae]|projects?)"
    r" (?P<of>(?:da|di|of)) $"
)
_COST: Final = re.compile(
    r"(?<![^\W_])(?:(?:che |that |which )?cost(?:a|ano|i|ino|ing|s)?"
    r"|(?:(?:con|dal|di|with) )?(?:(?:un|il|a) )?(?:costo|cost|budget|spesa|importo))"
    r"(?: (?:totale|complessivo|in tutto))?(?::| di| of| da)? $"
)
_HOME: Final = re.compile(
    r"(?<![^\W_])(?:(?:in|per|di|da|nei|nel|dei|del|for|of) )?(?:(?:i|un|il|a|the) )?"
    r"(?:piccol[oi] |small )?(?:comun[ei]|paes[ei]|borg(?:o|hi)|citta|cittadina|centr[oi]"
    r"|municipalit(?:y|ies)|towns?|villages?|cit(?:y|ies))(?: piccol[oi])?,?"
    r"(?: (?:che ha|che hanno|con|da|di|a|al|with|of))? $"
)
_AFTER_MONEY: Final = re.compile(
    r" (?:(?:di|of) (?:budget|spesa|costo|cost)|a disposizione|in tutto|in total|totali)(?!\w)"
)
_OTHER_MONEY: Final = re.compile(
    r"\b(?:viv\w+|camp\w+|isee|reddit[oi]|affitt[oi]|canon[ei]|pension[ei]|stipendi[o]?|salari[o]?"
    r"|bollett[ae]"
    r"|debit[oi]|rett[ae]|assegn[oi]|voucher|buon[oi]|bonus|rat[ae]|mutu[oi]|patrimoni[o]?|mult[ae]"
    r"|contribut[oi]|perduto|prem[io]+|bors[ae]|rimbors[oi]|prestit[oi]|guadagn\w+|fatturat[oi]"
    r"|famigli[ae]|nucle[oi]|person[ae]|lavorator[ei]|stanziat[oi]"
    r"|income|incomes|rents?|pensions?|salar(?:y|ies)|wages?|debts?|earning|earn|households?)"
    r"(?: \w+){0,2} $"
)
"""What is counted in euro and is not what a practice costs."""
_RATE: Final = re.compile(
    r" ?(?:(?:al|alla|a|per|all|l|ogni|/|each|pro) ?(?:mese|testa|or[ae]|giorno|anno|settimana"
    r"|persona|famiglia|utente|nucleo|bambin[oi]|capite|month|hour|person|family|child|user|head|year|day"
    r"|week)|(?:di|of) (?:pensione|stipendio|reddito|affitto|isee|debiti|bolletta|multa|pension"
    r"|rent|income|debts?)|each|mensil[ei]|annu[io]|annual[ei]|lord[io])(?!\w)"
)
_SHARE: Final = re.compile(r"(?<![^\W_])(?:ogni|per|su|each|every|x|1 a|uno a) $")
_SMALLEST: Final = 100
"""Inhabitants of the smallest Comune that is meant: fewer are a rate or a list."""
_LARGEST: Final = 10**9


_NAMES: Final = {"money": ("costo-da", "costo-a"), "people": ("abitanti-da", "abitanti-a")}


@dataclass(frozen=True, slots=True)
class _Span:
    """The signs that say an amount, and what it counts."""

    start: int
    end: int
    unit: Unit


def amounts(heard: Heard) -> Iterator[Said]:
    """The amounts of money and the numbers of inhabitants that a text limits."""
    found = list(quantities(heard.plain))
    place = 0
    while place < len(found):
        first, second = found[place], found[place + 1] if place + 1 < len(found) else None
        if second and _AND.fullmatch(heard.plain[first.end : second.start]):
            said = list(_range(heard, first, second))
            place += 2 if said else 1
        else:
            said = list(_single(heard, first))
            place += 1
        yield from said


def _range(heard: Heard, first: Quantity, second: Quantity) -> Iterator[Said]:
    between = heard.ending(_BETWEEN, first.start)
    if not between and heard.plain[first.end : second.start].strip().isalpha():
        return
    span = _meant(heard, between.start() if between else first.start, second)
    if span is None or first.unit not in (None, span.unit):
        return
    scaled = first.value * second.times if first.times == 1 else first.value
    low, high = sorted((scaled if scaled <= second.value else first.value, second.value))
    yield from _both(heard, span, second.start, round(low), round(high))


def _single(heard: Heard, one: Quantity) -> Iterator[Said]:
    if one.unit is None and one.times == 1:
        return
    limit = heard.ending(_LIMIT, one.start)
    span = _meant(heard, limit.start() if limit else one.start, one)
    value = round(one.value)
    if span is None or not 0 < value < _LARGEST:
        return
    least, most = _NAMES[span.unit]
    if limit and limit["most"]:
        yield _bound(heard, span, most, value)
    elif limit and limit["least"]:
        yield _bound(heard, span, least, value)
    elif limit or (span.unit == "people" and _own_size(heard, span, one)):
        turn = heard.plain.rfind(" ", span.start, span.end) + 1
        yield from _both(heard, span, turn, value // 2, value * 2)
    elif span.unit == "money":
        yield from _own_money(heard, span, one, value)


def _own_money(heard: Heard, span: _Span, one: Quantity, value: int) -> Iterator[Said]:
    """A sum without a limit: what one has is a limit, what a thing costs is about so much."""
    having = heard.ending(_HAVING, one.start)
    if having or _BUDGET.search(heard.plain, span.start, one.start):
        start = min(span.start, having.start()) if having else span.start
        yield _bound(heard, _Span(start, span.end, span.unit), "costo-a", value)
        return
    worth = heard.ending(_WORTH, one.start)
    if worth or span.start < one.start:
        span = replace(span, start=worth.start("of")) if worth else span
        turn = heard.plain.rfind(" ", span.start, span.end) + 1
        yield from _both(heard, span, turn, value // 2, value * 2)


def _both(heard: Heard, span: _Span, turn: int, low: int, high: int) -> Iterator[Said]:
    """Two bounds: each has a part of the words, so that each can be taken away."""
    least, most = _NAMES[span.unit]
    if span.start < turn < span.end:
        yield _bound(heard, _Span(span.start, turn, span.unit), least, low)
        yield _bound(heard, _Span(turn, span.end, span.unit), most, high)


def _bound(heard: Heard, span: _Span, name: str, value: int) -> Said:
    italian, english = f"{value:,}".replace(",", "."), f"{value:,}"
    upper = name in ("costo-a", "abitanti-a")
    to_it, to_en = ("fino a", "up to") if upper else ("da", "at least")
    if span.unit == "money":
        labels = (f"costo {to_it} {italian} €", f"cost {to_en} €{english}")
    else:
        labels = (f"Comuni {to_it} {italian} abitanti", f"Comuni of {to_en} {english} inhabitants")
    return heard.say(span.start, span.end, name, (str(value),), *labels)


def _meant(heard: Heard, start: int, last: Quantity) -> _Span | None:
    """What a number that ends with `last` counts, and the words about it from `start` outwards."""
    after = heard.plain[last.end : last.end + LOOK_BACK]
    if last.unit is None and (last.times == 1 or not _ends(after)):
        return None
    home = heard.ending(_HOME, start)
    if last.unit == "people" or (last.unit is None and home):
        lead = home or heard.ending(_OF, start)
        if last.value < _SMALLEST or heard.ending(_SHARE, start):
            return None
        if heard.ending(OURSELVES, lead.start() if lead else start):
            return None
        return _Span(lead.start() if lead else start, last.end, "people")
    cost = heard.ending(_COST, start)
    if _RATE.match(after) or (not cost and heard.ending(_OTHER_MONEY, start)):
        return None
    lead = cost or heard.ending(_WITH, start)
    more = _AFTER_MONEY.match(heard.plain, last.end)
    return _Span(lead.start() if lead else start, more.end() if more else last.end, "money")


def _own_size(heard: Heard, span: _Span, one: Quantity) -> bool:
    """Whether a number of inhabitants without a limit is that of a Comune, not of a rate."""
    before = heard.plain[: span.start].rstrip()
    return span.start < one.start or not before or before[-1] in ",;:("


def _ends(after: str) -> bool:
    """Whether nothing is counted by a number: no noun follows it."""
    word = WORD.match(after.removeprefix(" "))
    return word is None or word[0] in FUNCTION_WORDS
