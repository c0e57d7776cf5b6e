"""Names as they are compared: legal forms taken off, calling names traced back, sounds (Kölner Phonetik). Tables and pure
functions; everything in and out is folded by crm.text.fold."""

from __future__ import annotations

import re
from functools import lru_cache

import cologne_phonetics
from rapidfuzz.distance import OSA

from crm.text import fold

_RELATED = """
johannes johann hans hannes hansi jan jo john janosch jean giovanni iwan ivan | katharina katrin kathrin kathi kati katja kaethe
kate kathy catharina trine katinka nina | robert bob bobby rob robby robbie bert | josef joseph sepp sepperl jupp joe beppo jo
pepi giuseppe beppe peppe jose | elisabeth elizabeth lisa lisbeth liesbeth else elsa elli elly sissi sisi lissi liesl lieschen
betty beth bettina lilli lilly elise elsbeth elsbet bettine | maximilian max maxi maxl | alexander alex sascha sandro xander alexej
lex aleksander sasha | alexandra alex sandra alexa sascha sanni | friedrich fritz friedel frieder friedl fred freddy rico frederik
fredi | heinrich heinz heiner hein henry henri henrik hinnerk heini harry henning | karl carl karlheinz kalle charly charles karel
carlo | wilhelm willi willy wilm bill william wim helm | ludwig lutz wiggerl louis luis lu | ulrich uli ulli ueli utz |
wolfgang wolf wolfi woelfi wulf gangerl | matthias mathias matze hias hiasl mats matti matthes matteo matthew | michael michel
michi michl micha mike mischa mick maik michail michal | andreas andi andy anderl andre andrew andrzej andrej | thomas tom tommy
thoma tomasz tomek tomas tomislav | stefan stephan steffen steff stefano steve steven stevie szczepan stefano | sebastian basti
bastian wastl seb | tobias tobi tobe toby | florian flo flori floh | benjamin ben benny beni benno | nikolaus klaus claus niko
nico nick niklas nicolas nikolas klas nikola | anton toni tony antonio anthony | antonia toni antonella tonia | franz franzl francesco
frank ferenc frans francis | georg schorsch jörg joerg juergen girgl schorschi george jiri jerzy | philipp phil philip lipp
filip | konrad kurt conrad conny konni radl | gerhard gerd gert hardy gerhardt geri | manfred manni fred mani manny | christian
chris christl kristian hristo | christine christina christa christl tina kristina kristin chris stine tine kerstin | christiane
christiana chris jane nane kristiane | susanne susi susann sanne susan susie sanna suse susanna zuzanna | margarete margarethe
margret margrit grete gretl gretchen gretel rita meta margit greta marga margot peggy maggie gritt gitta margareta gosia
malgorzata gretli | gabriele gabi gaby gabriela gabriella | gabriel gabi gabor | barbara babsi baerbel barbi basia babette babs
wetti | johanna hanna hannah hanne hanni jo joanna johanne | magdalena lena magda leni madlen lene magdalene madeleine malena |
helena helene lena leni lene elena ilona ilonka | franziska franzi fanny sissi ziska franzisca francesca francis franka |
theresa therese resi resl thea tess teresa terezia resa | veronika vroni veronica vreni vera nika ronja | verena vreni vera |
stefanie steffi stephanie stefania steffie fanny | nicole nicki nicky nicola nikki nici | nicola nicki niki | ursula uschi ulla
ursel urschel uli ulli orsolya ursi | ulrike uli ulli ulla rike ricke | brigitte gitte gitta biggi birgit brigitta birgitta
britta brit | birgit gitte biggi bigi | hildegard hilde hilda hildchen | ingeborg inge inga ingrid | angelika geli angie angela
angelica angi | angela angie geli | cornelia conny nele cornelie nelli nelly nelia corny kornelia | dorothea doris thea dorothee
doro dora dorle dorothy dorte doerte | eleonore lore leonore nora ella lorle eleonora ellen | josefine josephine josi josie
finni fine josefa josy | charlotte lotte charly lottchen lotti charlie lola charlotta | sophie sofie sofia sophia zofia sonja
fia zosia | katarzyna kasia katharina | agnieszka aga agnes agnieska | krzysztof krzysiek christoph krzys | christoph chris
stoffel christof toffel christopher kristof | rosemarie rosi romy rosemaria rosmarie | rosa rosi rosina | leopold poldi leo
polde | leonhard leo hartl lenz leonard leon | ferdinand ferdl ferdi nando fernando | mathilde tilda mathilda hilde tilde thilde
matilda | theodor theo teo ted teddy | gertrud trude gertraud traudl trudi gerti gertrude traude | waltraud traudl walli |
annemarie annemie anne annamarie annamirl | anna anne anni anja annika aenne annette anke ann antje hanna | daniel dani dan danny
danijel | daniela dani danni | gottfried friedl goetz friedel | peter petr pete pit piotr pietro pierre peer petar pekka |
petra petzi | paul pauli pablo pavel pawel paolo | martin mart marti martl marcin maerten | martina tina martl | bernhard bernd
berni bernie bernard hardy | berthold bert berti | hubert hubsi hubi bert | albert bert al albrecht berti | herbert herb bert
heribert | norbert nobbi bert | edward eduard ed eddi eddy edi | edith edi | richard richie rick ricky dick | rudolf rudi ruedi
rolf ralph | rudolph rudi | siegfried siggi sigi friedel | sigrid siggi sigi siri | siegmund siggi | sieglinde linde siggi |
dietrich dieter dirk didi dietz | dieter didi | eberhard ebbo hardy ebi | engelbert bert engel | reinhard reini hardy reinhardt
reiner | rainer reiner reini | guenther guenter | walther walter walti | valentin vali veltin valtin | vinzenz vinz zenz vincent
| xaver xaverl veri | ignaz nazi naz ignatz | laurenz lorenz lenz laurentius | jakob jackl jacob jakub jaki james köbi koebi |
alfred fred alf fredi freddy | augustin gustl august | august gustl gust | gustav gustl gust | balthasar hauser balti | dominik
domi dominic nik | samuel sam sami | samantha sam | david dave davide | emanuel manu manuel mani | manuela manu ela | manuel manu
mani | michaela michi ela michaele | melanie mel meli | julia jule julchen giulia juli juliane | juliane jule juliana liane |
julian jul juli | annegret anne grete | anneliese anne liesel lisl anni | marianne anne mari nanni | maria mia mariechen marie
mizzi miriam mitzi marija maja ria mary maryam | marlene lene leni marlen marleen | markus mark marc marco marcus marek marko |
lukas luca luke luka lucas | eva evi ev ewa | evelyn evi eve evelin evelyne | emilia emmi emmy mila emily emilie | emma emmi |
friederike rike frieda friedel fritzi ricke | frieda friedchen friedel | henriette henni jette jetti | wilhelmine minna mina
helma willa | hermine mina hermi mine | ottilie otti tilly | adelheid heidi adele heide alida | heidemarie heidi heide | heidrun
heidi | karoline caroline karo line lina carolin karolin carola caro | carolin caro | karola carola karo | claudia claudi klaudia
| klara clara | konstantin konsti costa tino constantin | konstanze conny stanzi constanze | kunigunde kuni gundl | lieselotte
lotte liesl lilo lieselott liselotte | mechthild mechtild hilde | regina regine gina reni | renate reni nate rena | roswitha rosi |
ruprecht rupert robert | rupert bertl rupp | silvia silvi sylvia | silvester silvi vestl | sabine bine sabina binchen | simone
simi mona | tatjana tanja | natascha tascha natalie natalia nastasja | viktoria vicky viki victoria | viktor vik victor |
vladimir wolodja vova | wladimir wolodja | sergej serge sergei sergey sergio | dimitri dima dmitri dmitrij dimitrij | nikolaj
kolja | pjotr petja | jewgenij eugen schenja | eugen geni eugene | aleksandra ola alexandra | jadwiga jadzia | stanislaw staszek
stas | wojciech wojtek | zbigniew zbyszek | grzegorz grzesiek gregor greg | gregor greg grischa | tadeusz tadek | mehmet memo
muhammed mehmed | mustafa mus musti | ibrahim ibo | hueseyin huso huseyin | sueleyman sueli suleyman | muhammad mohammed mohamed
mo mehdi | yusuf jusuf josef jussuf | ahmet ahmed achmed | fatma fatima fatime | ayse aysche aische aisha | mesut mes | vincenzo
enzo | lorenzo enzo renzo | salvatore totò toto turi | domenico mimmo | luigi gigi | jean-pierre jp | guillaume willi | zsuzsanna
zsuzsa susanne | laszlo laci | sandor sanyi | istvan pista stefan | jozsef jozsi josef | edeltraud traudl edel | irmgard irmi irma
irmchen | irma irmi | ottokar otto | sigismund sigi | timotheus tim timo timothy | jonathan jon joni jonny | joachim achim jochen
jo jockel | hans-joachim hajo achim jochen | hans-juergen hajue | hansgeorg hg | gisela gisi gila giesela | gudrun gudi | gunther
guenther | hannelore hanne lore hanni | helga helgi | helmut helli hellmut helmuth | hedwig hedi hetty heddy hede | ida idchen |
isabella bella isa isabel isabelle | jasmin yasmin jasmine | jennifer jenny jenni | jessica jessi jess | katalin kati | lydia
lydi | luise lou louise luisa liese | monika moni mona monica | miriam mirjam miri | nadine nadi | natalie nati | patrick pat pad
paddy | patricia pat patty trixi | beatrix trixi bea beate | beatrice bea trixi | beate bea | rebecca becky beki rebekka | rolf
rudolf | ruth ruthie | tamara tammy | vanessa nessa | yvonne ivi | zacharias zach | zeno zenz
| emre | kemal | murat | can | ivan | ivana | jovan | jovana | milan | milana | mario | dario | daria | adrian | adriana | alina
| amira | andrea | bruno | carla | carmen | dennis | dirk | elias | ella | emil | erika | erik | erich | erwin | felix | finn | gina
| goran | hakan | ines | iris | jana | jens | joana | kai | karsten | kira | klemens | lara | lars | laura | lea | leila | linda
| linus | luana | lucia | marcel | marcella | maren | maya | melina | merle | mila | nadia | nele | nils | noah | norman | olaf | ole
| oliver | olivia | oscar oskar | otto | pascal | pia | ralf | ramona | rene | roman | romana | ronald | rosalie | ruben | sandro
| sara sarah | saskia | sina | sonja | stella | sven | svenja | tarik | thorsten torsten | tiago | tom | ugur | uwe | valeria
| valerie | vera | werner | yannick | zeynep | zoe | hugo | horst | heike | hilke | imke | elke | silke | anke | wiebke | antje
| jonas | jonah | luis | leon | luca | paula | pauline | marie | mareike | marvin | kevin | justin | jason | dustin | fabian | fabio
| fabienne | florentine | hendrik | henrike | holger | ilse | isolde | jaqueline | jochen | kilian | korbinian | larissa | leonie
| lina | lisa | lorena | luzia | malte | mandy | marion | mathis | maximiliane | merlin | mohamed | nadja | nora | nina | ole | oscar
| oskar | pauline | petar | philine | rafael | raphaela | raphael | roland | rosemarie | sabrina | silas | sigrun | stefania | susan
| theresia | till | timon | tina | ulf | ute | vincent | viola | wilma | wolfram | xenia | yara | zita | milena | mirko | mirco | marcel
| jannik | jannis | janine | janina | ruediger | reimund | raimund | roswita | rolf | rosi | arno | arne | artur | axel | armin | arnold
| bodo | bjoern | cem | deniz | derya | dilara | ebru | enis | eren | esra | guelay | hatice | hasan | ismail | kadir | kaan | leyla
| melek | meryem | nuri | oemer | osman | ramazan | recep | selin | serkan | sevgi | sibel | tuncay | tuelay | yasemin | zehra | aneta
| beata | dorota | ewelina | halina | irena | iwona | jacek | janusz | jolanta | kamil | leszek | mariusz | mateusz | miroslaw
| monika | oskar | patrycja | rafal | renata | ryszard | slawomir | sylwia | urszula | wanda | wieslaw | zenon
| jost | jutta | kerstin | sandra | sigurd | simon | volker | urs | beat | reto | regula | priska | elif | emine | oezlem | linh
"""
"""Names that stand for one another, a group between bars: the full name, its short and calling forms, its spellings and close
relatives in neighbouring languages."""


def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(_RELATED.split("|")):
        for name in group.split():
            found.setdefault(fold(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


RELATED = _groups()

PARTICLES = frozenset({
    "von", "van", "vom", "de", "der", "den", "zu", "zum", "zur", "di", "da", "del", "la", "le", "ten", "ter", "y", "al", "el",
})  # fmt: skip
"""Words that a family name begins with, and that say nothing alone."""

_LEGAL = (
    "gesellschaft mit beschrankter haftung und co kommanditgesellschaft", "gesellschaft mit beschrankter haftung",
    "gesellschaft burgerlichen rechts", "offene handelsgesellschaft", "kommanditgesellschaft auf aktien", "kommanditgesellschaft",
    "aktiengesellschaft", "unternehmergesellschaft haftungsbeschrankt", "unternehmergesellschaft", "ug haftungsbeschrankt",
    "eingetragene genossenschaft", "eingetragener verein", "eingetragener kaufmann", "eingetragene kauffrau", "genossenschaft",
    "gmbh und co kgaa", "gmbh und co kg", "gmbh u co kg", "gmbh co kg", "gmbh co ohg", "g m b h und co kg", "g m b h",
    "ag und co kg", "ug und co kg", "und co kg", "gesmbh", "ges m b h", "gesellschaft m b h", "gesellschaft mbh", "ggmbh", "gmbh",
    "mbh", "kgaa", "ohg", "o h g", "gbr", "g b r", "ag", "a g", "kg", "k g", "ug", "eg", "e g", "ev", "e v", "ek", "e k", "e kfm",
    "e kfr", "se", "partg mbb", "partgmbb", "partg", "inh", "ltd", "limited", "inc", "llc", "sarl", "srl", "spa", "sp z o o",
    "sp zoo", "bv", "b v", "nv", "og", "keg", "i l", "il", "haftungsbeschrankt",
)  # fmt: skip
_LEGAL_END = re.compile(r"(?:^|(?<= ))(?:" + "|".join(sorted(_LEGAL, key=len, reverse=True)) + r")(?= |$)")
_FORM_CLASSES = {
    "gesellschaft mit beschrankter haftung": "gmbh", "g m b h": "gmbh", "mbh": "gmbh", "gesmbh": "gmbh", "aktiengesellschaft": "ag",
    "a g": "ag", "kommanditgesellschaft": "kg", "k g": "kg", "offene handelsgesellschaft": "ohg",
}  # fmt: skip
_NUMBER = re.compile(r"\b(\d+)\s*([a-z])?\b")
_STREET = re.compile(r"stras{1,2}e\b|str\b")
_SMALL = frozenset({"und", "u", "and", "der", "die", "das", "the", "fur", "co", "von", "am", "im", "in", "firma", "fa"})
_SAME_WORDS = {
    "gebr": "gebruder", "geb": "gebruder", "gebrdr": "gebruder", "st": "sankt", "dr": "", "prof": "", "ing": "ingenieur", "kfz": "auto",
    "ra": "rechtsanwalt", "rae": "rechtsanwalt", "rechtsanwalte": "rechtsanwalt", "rechtsanwaltin": "rechtsanwalt", "hv": "hausverwaltung",
    "techn": "technik", "elektrotechnik": "elektro", "bauunternehmen": "bau", "bauunternehmung": "bau", "heizungsbau": "heizung",
    "architekten": "architekt", "architekturburo": "architekt", "architektur": "architekt", "steuerberater": "steuerberatung",
    "steuerberaterin": "steuerberatung", "stb": "steuerberatung", "buro": "buro", "malermeister": "maler", "malerbetrieb": "maler",
    "ingenieurburo": "ingenieur", "intl": "international", "dt": "deutsche", "tischlerei": "tischler", "schreinerei": "schreiner",
}  # fmt: skip
"""Words of firms that are written in two ways."""


@lru_cache(maxsize=20_000)
def core_of(name: str) -> tuple[tuple[str, ...], str]:
    """A firm's words without legal form and small words, and its legal form (empty if none is said)."""
    words = fold(name.replace("&", " und ").replace("+", " und "))
    forms = _LEGAL_END.findall(words)
    bare = _LEGAL_END.sub("", words).split()
    core = [_SAME_WORDS.get(word, word) for word in bare if word not in _SMALL and not _is_misspelt_form(word)]
    kept = tuple(word for word in core if word) or tuple(bare) or tuple(words.split())
    return kept, _FORM_CLASSES.get(forms[0], forms[0].replace(" ", "")) if forms else ""


def _is_misspelt_form(word: str) -> bool:
    """GbmH, Gmbj, KKG: a legal form with a slip, which is no word of the name."""
    return (
        len(word) >= 3
        and word not in _SAME_WORDS
        and any(
            abs(len(word) - len(form)) < 2 and word[0] == form[0] and OSA.distance(word, form, score_cutoff=1) <= 1
            for form in ("gmbh", "ohg", "kg", "gbr", "kgaa", "haftungsbeschrankt")
        )
    )


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """A folded word by the Kölner Phonetik (Postel 1969): Meier, Mayer and Maier are "67". Empty for figures."""
    return "".join(code for _part, code in cologne_phonetics.encode(word))


def are_related(one: str, other: str) -> bool:
    """One given name stands for the other: Hans and Johannes, Kathi and Katharina, Bob and Robert."""
    return bool(RELATED.get(one, frozenset()) & RELATED.get(other, frozenset()))


@lru_cache(maxsize=20_000)
def street_of(street: str) -> tuple[str, str]:
    """A street and its number as they are compared: "Bahnhofstr. 12 a" and "Bahnhofstraße 12A" are one."""
    folded = fold(street)
    numbers = list(_NUMBER.finditer(folded))
    if not numbers:
        return _street_name(folded), ""
    last = numbers[-1]
    return _street_name(folded[: last.start()] or folded[last.end() :]), f"{last[1]}{last[2] or ''}"


def _street_name(folded: str) -> str:
    return _STREET.sub("str", folded).replace(" ", "")


def is_typo(one: str, other: str) -> bool:
    """One slip of the fingers apart (in long words two): a letter wrong, missing, too many, or two in the wrong order."""
    longest = max(len(one), len(other))
    most = 2 if longest >= 8 else 1
    return longest >= 4 and OSA.distance(one, other, score_cutoff=most) <= most
