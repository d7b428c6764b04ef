"""Words that the rules of constraints need, where no vocabulary of the release has them."""

from collections.abc import Mapping
from typing import Final

FUNCTION_WORDS: Final = frozenset(
    """a ad al alla alle agli ai allo anche che chi col come con da dal dalla dai dalle di del della
    dei degli delle dello d e ed entro fino fra gia ha hanno i il in l la le lo gli ma nei nel nella
    nelle negli nell non o od oppure per piu pero quando se senza sono su sul sulla sotto sopra tra
    dopo prima oltre dall dell all un una uno
    after and already as at before between but by for from in of on or over since that than the to
    under until which with without""".split()
)
"""What may follow a constraint; any other word may belong to it."""

ARTICLES: Final = frozenset(
    """un uno una il lo la i gli le l dei degli delle al allo alla ai agli alle del dello dal dallo
    dalla nel nello sul sullo sulla col quel questo quella questa ogni nostro nostra mio mia
    the an this that my our every""".split()
)
"""Before a bare name they say that it is a word: «un brindisi», «le noci»."""

INSTITUTIONS: Final = frozenset(
    """asl ausl usl aler arca iacp universita politecnico accademia conservatorio tribunale procura
    prefettura questura diocesi arcidiocesi vescovo caritas curia camera ordine collegio fiera
    ospedale policlinico museo teatro stazione porto aeroporto interporto carcere penitenziario
    circondariale stadio squadra banca cassa gal consorzio confcooperative confindustria
    via viale piazza piazzale piazzetta corso largo lungomare vicolo contrada quartiere rione
    legge decreto delibera bando avviso acquedotto gazzetta corriere festival
    university hospital port airport station street square prison court bank diocese""".split()
)
"""Before a name they make it part of their own: «ASL di Lecce», «via Roma», «porto di Bari»."""

NOT_THE_PLACE: Final = frozenset(
    """calcio fc football basket volley
    people families family communities community children child kids pupils women woman youth
    inclusion integration minority minorities camp camps settlement settlements population
    education heritage culture mediator mediators sinti""".split()
)
"""After a name they say that it is no place: «Bari calcio», "Roma children"."""

COMMON: Final = frozenset(
    """acri acuto agira agra ala alba albino ales ali altare altissimo alto amaro amato ameno amorosi
    anzi apice arcade archi arco ardore arena ari armo asola asso atri balocco barbara bard barge
    barile bee bella benestare bergamasco bettola bianchi bianco bidoni bisaccia bollate bomba
    bonito bore borghi bozzolo bra bruno bussero busso calci calcio calco calvi cambiano camerino
    camini camino campagna campana camposanto canale candela candida canna capaci carbonate carbone
    cardinale carezzano carini carpi carro cascina casella casina cassino castelli casto cattolica
    cave celano cene cento cerchio cerva cervo ceto chamois chiari chiusa chiusi cis coli colico
    cologne colonna comunanza conta contrada conversano copiano cori cork cortino covo cozzo crema
    curino dazio dello desio diamante dolce dolo donato erba erbe fabbrico falcone fallo fascia
    fermo filetto firmo fondi fontanella fonte forano force forino fornace fornelli fortezza fossa
    fosso frassino front furore gela ginestra gioi giovo girasole giungano gorgonzola grado greci
    greggio grosso grotte hone incudine laces laghi lago lana lanciano latina lauro lavagna lei
    lenta leonessa lesa lettere levate liberi licenza liscia lode lodi macello macerata magenta
    magione maglie male mammola mango mantello margarita marino martello masi massa matrice
    mattinata mazze medicina mele meri mese meta mezzana mezzano millesimo minori mira mirano mirto
    modica moggio molare monta montanaro monti montone mores mori mossa mozzate mozzo mura musei
    nasino naso nave ne noci noli nomi none norma noto nove novella novello onore opera ora oriolo
    ossi ottone paese pagani palombaro paludi panettieri panni parenti parete pasturo paterno patti
    penne pergola perito pero pescate pesche pianella piatto piglio pignola pignone pigra pila
    piombino pisano piscina pizzo poli polla ponderano ponte ponti pori porte portici posta postal
    potenza prato pray preci premia proves pula pulsano quadri quart quarto quindici rabbi rapino re
    rea rende rho ricadi riga riposto rive rosa rose rossa rotella rotonda rotondi rubano rush russi
    sacco salassa sale salo salve scala scanno scapoli scena scilla scopa scorrano scorze segni
    selci serrata serre serri sesto siano sigillo soave soglio sommo sorgono sorso sospiro sostegno
    spello sperone spessa spiazzo spinoso spirano stazzano stella stilo stradella strozza supino
    taverna terzo tesero tirano tires ton tornata torno toro torretta tortora tramonti travagliato
    trinita trino troia trovo turate turi ultimo urbana urbe uscio vaglia valenza vallata vasto
    veglie veglio venosa vermiglio viale vicari vicoli vinci viola visone vita vittoria voghera
    volano zeri zone

    altea bovino carpino castro cavallino laterza larissa lesina maia modugno norte oria roma sava
    sofia specchia supersano torricella""".split()
)
"""Names of places that are also words, so that they need a sign that the place is meant.

First those of the gazetteer and of the shipped places that are words of the Debian lists `witalian`
1.10 and `wbritish` 2020.12, in folded spelling; then words, given names, surnames and peoples that
those lists do not have. Left out, because the city is meant far more often than the word: Bari,
Bologna, Brindisi, Foggia, L'Aquila, Lecco, Monopoli, Trapani.
"""

SHORT_NAMES: Final[Mapping[str, str]] = {
    "acquaviva": "acquaviva delle fonti",
    "canosa": "canosa di puglia",
    "castellana": "castellana grotte",
    "ceglie": "ceglie messapica",
    "corigliano": "corigliano d otranto",
    "fiorenzuola": "fiorenzuola d arda",
    "francavilla": "francavilla fontana",
    "gravina": "gravina in puglia",
    "martina": "martina franca",
    "polignano": "polignano a mare",
    "ruvo": "ruvo di puglia",
    "santa cesarea": "santa cesarea terme",
    "santeramo": "santeramo in colle",
    "tremiti": "isole tremiti",
}
"""How people shorten the name of a Comune (folded), where one of the catalogue alone is meant."""

OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "puglia": ("apulia",),
    "emilia romagna": ("emilia",),
    "friuli venezia giulia": ("friuli",),
    "lombardia": ("lombardy",),
    "piemonte": ("piedmont",),
    "sardegna": ("sardinia",),
    "sicilia": ("sicily",),
    "toscana": ("tuscany",),
    "trentino alto adige": ("trentino",),
    "barletta andria trani": ("bat",),
    "firenze": ("florence",),
    "genova": ("genoa",),
    "milano": ("milan",),
    "napoli": ("naples",),
    "padova": ("padua",),
    "roma": ("rome",),
    "torino": ("turin",),
    "venezia": ("venice",),
    "catalogna": ("catalonia",),
    "inghilterra": ("england",),
    "paesi bassi": ("olanda", "holland"),
    "regno unito": ("gran bretagna", "uk", "great britain"),
    "barcellona": ("barcelona",),
    "danzica": ("gdansk",),
    "lisbona": ("lisbon",),
    "parigi": ("paris",),
    "tolosa": ("toulouse",),
    "varsavia": ("warsaw",),
    "zagabria": ("zagreb",),
    "gand": ("ghent", "gent"),
    "l aia": ("the hague",),
}
"""Further names of regions, provinces and cities, Italian and English, by folded Italian name."""

AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "barese": ("bari",),
    "brindisino": ("brindisi",),
    "foggiano": ("foggia",),
    "leccese": ("lecce",),
    "tarantino": ("taranto",),
    "salento": ("lecce", "brindisi", "taranto"),
}
"""Areas by the provinces that surely hold them. Salento crosses three, so it is all three.

Murgia, Gargano, Daunia, Valle d'Itria and the north of Bari have no border that the catalogue
knows and no province that would not say too much: they stay words.
"""
