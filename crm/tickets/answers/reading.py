"""What of a customer's message is the question, as stems that can be compared. Pure: text in, words out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from crm.text import fold

_GREETING = re.compile(
    r"^\s*(sehr geehrte\w*|guten (tag|morgen|abend)|hallo|hi|hey|moin|servus|grüß gott|gruezi|liebe[rs]?|dear|hello|"
    r"good (morning|afternoon|evening|day))\b[^\n,!.?]{0,60}[,!.\n]+",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"^\s*(mit freundlichen?|freundlichen? gr|viele gr|beste gr|liebe gr|herzliche gr|schöne gr|mfg\b|lg\b|vg\b|gruß\b|"
    r"grüße\b|"
    r"(best|kind|warm) (regards|wishes)|regards\b|yours (sincerely|faithfully|truly)|sincerely\b|cheers\b|gesendet von|"
    r"sent from|von meinem|--\s*$)|(?<=[?.!]) (danke,? )?(und |& )?(LG|VG|MfG|Gruß|Grüße|viele Grüße|mit freundlichen|"
    r"freundliche|beste Grüße|kind regards|best regards|Regards|"
    r"Cheers)\b(?=[^?]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_THANKS = re.compile(
    r"^\s*((vielen|herzlichen|besten|schon mal|ganz lieben) )?(danke?|thanks|thank you|many thanks)\b[^\n?]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)

_STOP = frozenset(
    fold(
        "der die das den dem des ein eine einen einem einer eines und oder auch aber denn dann als wie was wer wen wem "
        "wo wann warum "
        "welche welcher welches welchen ob dass ich du er sie es wir ihr man mich mir uns euch ihnen sich mein meine "
        "meinen meinem meiner "
        "unser unsere unseren unserem unserer ihre ihren ihrem ihrer sein seine "
        "ist sind war waren bin bist hat haben habe habt hatte hätte hätten wird werden wurde würde würden kann können "
        "könnte könnten "
        "soll sollen sollte muss müssen müsste darf dürfen möchte möchten mochte will wollen wollte mag gibt gäbe "
        "geben geht gehen "
        "mache machen macht tun in im an am auf aus bei beim mit nach von vom zu zum zur über unter für um vor bis "
        "durch gegen ohne ab "
        "hier da dort so sehr gern gerne bitte danke vielen dank frage fragen kurze kurz mal eigentlich noch schon ja "
        "nur denn etwa "
        "wissen sagen mitteilen interessiere interessieren interessiert würd gerade sowie wenn falls hierzu dazu davon "
        "neu neue neuen neuer alles alle kunde kunden ungefähr circa "
        "bieten biete anbieten brauchen brauche benötigen empfehlen empfiehlt nehmen nehme möglich besten liebe hallo "
        "guten tag team anfrage betreff re aw eine mein denken etwas uns sagt hinweis info information informationen "
        "the a an and or but of to in on at for from by with about as is are was were be been am do does did have has "
        "had can could "
        "will would should shall may might must i you he she it we they me us them my your our their his her its this "
        "that these those "
        "what which who whom how when where why if whether there here please thanks thank hello hi dear question "
        "questions asking ask "
        "know tell let like want wanted wondering wonder just quick short some any need offer recommend possible take "
        "get got going go so very much also kind regards"
    ).split()
)
"""Words that say nothing about what is asked. "nicht", "kein", "not" and "ohne" stay: they turn a question round."""

_TURNING = frozenset({"nicht", "kein", "not", "no", "ohne", "without", "dont", "doesnt", "cant"})


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
MOST_LETTERS = 20_000
"""Beyond, nothing is looked at: such a text is too long for an answer anyway."""


class Question(NamedTuple):
    """The question in a message: its text without greeting and signature, and its words that carry meaning, as stems with the word
    that was written. `rest` is what stood below the signature."""

    text: str
    words: Mapping[str, str]
    rest: str


def question_of(text: str, language: str, subject: str = "") -> Question:
    """What is asked; a subject adds its words where the text has hardly any."""
    body, rest = _body(text[:MOST_LETTERS])
    words = words_of(body, language)
    if len(words) < 2 and subject:
        words = words_of(subject, language) | words
    return Question(body, words, rest)


def _body(text: str) -> tuple[str, str]:
    text = text.replace("\r\n", "\n").strip()
    text = _GREETING.sub("", text, count=1)
    end = _SIGN_OFF.search(text)
    rest = text[end.start() :] if end else ""
    body = text[: end.start()] if end else text
    return _THANKS.sub("", body).strip(), rest


def words_of(text: str, language: str) -> dict[str, str]:
    """The words that carry meaning, each once: what German or English endings leave of a word, and the word as it is written."""
    cut = _english if language == "en" else _german
    found: dict[str, str] = {}
    for written in _WORD.findall(text):
        word = fold(written)
        if word in _TURNING or (word not in _STOP and len(word) > 1):
            found.setdefault(_negation(cut(word)), written)
    return found


def _negation(stem: str) -> str:
    return "nicht" if stem in {"nich", "nicht", "kei", "kein", "not", "no", "dont", "doesnt", "cant"} else stem


def _german(word: str) -> str:
    """A short form of CISTEM (Weißweiler and Fraser, 2017): the prefix ge- and the endings that nouns and verbs change."""
    if word in _TURNING:
        return word
    if len(word) > 6 and word.startswith("ge"):
        word = word[2:]
    while len(word) > 4:
        if len(word) > 6 and word.endswith(("em", "er", "nd")):
            word = word[:-2]
        elif word.endswith(("e", "s", "n", "t")):
            word = word[:-1]
        else:
            break
    return word


def _english(word: str) -> str:
    if word in _TURNING:
        return word
    for ending, left in (
        ("ies", "y"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
        ("ly", ""),
        ("e", ""),
        ("y", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + left
            return word[:-1] if ending in ("ing", "ed") and word[-2:-1] == word[-1:] else word
    return word
