"""When a message is nothing for an automatic answer, whatever it is about. Pure; a wrong automatic answer is worse than none,
so in doubt a person answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm.text import fold
from crm.tickets.answers.reading import Question
from crm.web.i18n import N_

MOST_WORDS = 22
"""A text with more words that mean something tells a story: somebody has to read it."""

_NUMBER = re.compile(
    r"\d{4,}|\b[a-z]{1,4}[-/ ]?\d{3,}|#\s?\d+|\b\d{1,2}\.\s?\d{1,2}\.|\b\d+([.,]\d+)?\s?(€|eur|euro|chf|\$)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(ausserdem|zweitens|desweiteren|des weiteren|zusatzlich|und noch|weitere frage\w*|mehrere|nebenbei|zudem|secondly|"
    r"furthermore|another question|also wanted|additionally|several questions|two questions|zwei fragen|einige fragen|by the way|"
    r"p s)\b"
)
_LIST = re.compile(r"^\s*([-*•]|\d+[.)])\s+\S", re.MULTILINE)
_POSTSCRIPT = re.compile(r"\bp\.?\s?s\.?\s?:", re.IGNORECASE)
_TROUBLE = re.compile(
    r"beschwer|reklam|kaputt|defekt|mangel|unversch|enttausch|verarger|arger|argerlich|falsch|beschadig|kratzer|schaden|undicht|"
    r"\bfehl|frechheit|unmoglich|\bmahn|wutend|zum wiederholten|schon wieder|immer noch|noch immer|seit wochen|seit tagen|warte seit|"
    r"tropf|riss|\bbruch|gebrochen|klemmt|wackel|funktionier\w* nicht|geht nicht|schliesst nicht|lasst sich nicht|verspat|vergess|"
    r"schlecht|notfall|dringend|sofort|eilig|brenn|wasser lauf|stromschlag|verletz|\bgefahr|gestank|stinkt|"
    r"complain|broken|damag|defect|disappoint|angry|upset|wrong|scratch|leak|missing|unacceptable|still waiting|still not|late again|"
    r"doesnt work|does not work|not working|stopped working|stuck|crack|delayed|terribl|awful|rude|urgent|immediately|emergency|"
    r"asap|injur|danger|\bfault"
)
_RIGHTS = re.compile(
    r"anwalt|gericht|klage|widerruf|widerspr|kundig|storn|rucktritt|zurucktreten|ruckerstatt|geld zuruck|erstatt|loschen|datenschutz|"
    r"meine daten|auskunft uber|dsgvo|schadensersatz|minder|inkasso|zahlungsaufford|zahlungsplan|ratenzahlung vereinbar|"
    r"lawyer|court|legal|cancel|withdraw|refund|money back|compensat|delete|my data|gdpr|privacy|solicitor"
)
_PERSON = re.compile(
    r"ruckruf|zuruckruf|rufen sie|ruft mich|anrufen|mit jemand|mit einem menschen|mitarbeiter sprechen|personlich sprechen|"
    r"ansprechpart|kommen sie vorbei|schicken sie mir|senden sie mir|unterbreiten|angebot machen|angebot fur|termin vereinbaren|"
    r"termin verschieben|verschieben|verlegen|call me|call back|speak to|talk to|real person|someone to|send me|make an appointment|"
    r"reschedule|move the|postpone"
)
_OWN = re.compile(
    r"\b(mein|unser)\w*( \w+)? \w*(bestell|auftrag|liefer|termin|rechnung|angebot|vertrag|montage|monteur|zahlung|geld|"
    r"anzahlung|berater|kuche (kommt|geliefert|fertig|da)|planung|kaufvertrag)"
    r"|\bihr(e|en|em|er|es)? \w*(rechnung|angebot|schreiben|mail|brief|anruf|auftragsbestatigung|monteur)"
    r"|\b(my|our)( \w+)? (order|deliver|appointment|invoice|quote|quotation|contract|payment|fitter|installation|bill|consultant)"
    r"|\byour( \w+)? (invoice|quote|letter|email|call|fitter|confirmation)"
    r"|\b(heute|morgen|ubermorgen|gestern|vorgestern|letzte\w* (woche|monat|jahr)|nachste\w* (woche|monat)|seit|"
    r"vor (zwei|drei|vier|einigen|"
    r"ein paar)|diese\w* (woche|montag|dienstag|mittwoch|donnerstag|freitag|samstag)|"
    r"today|tomorrow|yesterday|last (week|month|year)|"
    r"next (week|month)|since|ago|this (week|monday|tuesday|wednesday|thursday|friday|saturday))\b"
    r"|\bgeworden\b|was (kann|soll) ich (tun|machen)|was nun|what can i do|\b(habe?n?|hatten?|wurden?|worden|wurd)\b.{0,80}\b("
    r"bestellt|gekauft|erhalten|bekommen|bezahlt|uberwiesen|geliefert|eingebaut|"
    r"montiert|unterschrieben)\b"
    r"|\b(i|we) (have |had |just |already )?(ordered|bought|received|paid|got|was|were)\b"
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the enquiry besides its words."""

    has_files: bool = False
    is_moment_of_truth: bool = False
    is_plain_question: bool = True
    names_order: bool = False


REFUSALS = {
    "empty": N_("There is no question in it."), "long": N_("It is long: somebody has to read it."),
    "several": N_("It asks several things."), "number": N_("It names a number, a date or an amount."),
    "trouble": N_("Something went wrong for the customer."), "rights": N_("It is about rights, money back or data protection."),
    "person": N_("The customer wants something done, or a person."), "own": N_("It is about something of the customer’s own."),
    "files": N_("Files came along."), "moment": N_("It is a moment of truth."), "kind": N_("It is no plain question."),
    "order": N_("It belongs to an order."), "unclear": N_("Two answers fit nearly as well."),
}  # fmt: skip


def refusals(question: Question, subject: str = "", around: Circumstances | None = None) -> tuple[str, ...]:
    """Why a person has to answer, as codes (REFUSALS has the sentences); nothing if nothing speaks against an answer."""
    around = around or Circumstances()
    folded = fold(f"{subject[:300]} . {question.text}")
    text = f"{subject}\n{question.text}"
    speaks = (
        ("empty", not question.words),
        ("long", len(question.words) > MOST_WORDS or len(question.text) > 900),
        ("several", _asks_several(question, folded)),
        ("number", bool(_NUMBER.search(text))),
        ("trouble", bool(_TROUBLE.search(folded))),
        ("rights", bool(_RIGHTS.search(folded))),
        ("person", bool(_PERSON.search(folded))),
        ("own", bool(_OWN.search(folded))),
        ("files", around.has_files),
        ("moment", around.is_moment_of_truth),
        ("kind", not around.is_plain_question),
        ("order", around.names_order),
    )  # fmt: skip
    return tuple(code for code, is_so in speaks if is_so)


def _asks_several(question: Question, folded: str) -> bool:
    """Two question marks, a list, "and also": or something below the signature, which few people would read."""
    return (
        question.text.count("?") > 1
        or "?" in question.rest
        or _POSTSCRIPT.search(question.rest) is not None
        or _SEVERAL.search(folded) is not None
        or len(_LIST.findall(question.text)) > 1
    )
