"""Words for what surveys have as codes: pages, mails and history say the same."""

from __future__ import annotations

from crm.surveys.tables import Audience, Occasion, QuestionKind, SurveyStatus
from crm.web.i18n import N_, speaking, word

STATUSES: dict[str, str] = {
    SurveyStatus.DRAFT: N_("draft"), SurveyStatus.RUNNING: N_("running"), SurveyStatus.PAUSED: N_("paused"),
    SurveyStatus.ENDED: N_("ended"),
}  # fmt: skip
TONES: dict[str, str] = {
    SurveyStatus.DRAFT: "",
    SurveyStatus.RUNNING: "petrol",
    SurveyStatus.PAUSED: "amber",
    SurveyStatus.ENDED: "",
}
AUDIENCES: dict[str, str] = {Audience.CUSTOMERS: N_("Customers"), Audience.STAFF: N_("Staff")}
OCCASIONS: dict[str, str] = {
    Occasion.TICKET_SOLVED: N_("Enquiry solved"), Occasion.VISIT: N_("Visit"), Occasion.DELIVERED: N_("Delivery"),
    Occasion.ORDERED: N_("Order"), Occasion.NONE: N_("no mails, on paper alone"),
}  # fmt: skip
KINDS: dict[str, str] = {
    QuestionKind.NPS: N_("Recommendation (NPS, 0 to 10)"), QuestionKind.CSAT: N_("Satisfaction (1 to 5)"),
    QuestionKind.EFFORT: N_("Ease (1 to 7)"), QuestionKind.YES_NO: N_("Yes or no"), QuestionKind.TEXT: N_("Own words"),
}  # fmt: skip
SCORES: dict[str, str] = {
    QuestionKind.NPS: "NPS",
    QuestionKind.CSAT: N_("Satisfaction"),
    QuestionKind.EFFORT: N_("Ease"),
}
ENDS: dict[str, tuple[str, str]] = {
    QuestionKind.NPS: (N_("not at all likely"), N_("very likely")),
    QuestionKind.CSAT: (N_("very dissatisfied"), N_("very satisfied")),
    QuestionKind.EFFORT: (N_("very difficult"), N_("very easy")),
}  # fmt: skip
"""What the lowest and the highest answer mean."""
USUAL: dict[str, str] = {
    QuestionKind.NPS: N_("How likely are you to recommend us?"),
    QuestionKind.CSAT: N_("How satisfied were you with us?"),
    QuestionKind.EFFORT: N_("How easy did we make it for you?"),
}  # fmt: skip
"""The first question, where nobody writes one."""
REASONS = {
    "asked_lately": N_("was asked a short while ago"),
    "too_late": N_("it was too long ago by then"),
    "no_address": N_("no e-mail address"),
    "no_basis": N_("may not be asked by e-mail"),
    "gone": N_("is not there any more"),
    "ended": N_("the survey was ended before"),
}  # fmt: skip
LABELS = {
    "name": N_("Name of the survey"), "audience": N_("Who is asked?"), "occasion": N_("After what?"), "days": N_("Days afterwards"),
    "touchpoint": N_("Touchpoint that the answers are for"), "is_anonymous": N_("Anonymous"),
    "limit_days": N_("The same person again after (days) at the earliest"),
    "valid_days": N_("The link works for (days)"), "low": N_("Call back up to this answer"),
    "at_night": N_("Also at night and on days off"),
    "intro_de": N_("Introduction in German"), "intro_en": N_("Introduction in English"), "questions": N_("Questions"),
}  # fmt: skip
NEEDS_SCALE = tuple(kind for kind in QuestionKind if kind in USUAL)


def usual_text(kind: str, language: str) -> str:
    """The usual words of a first question in this language."""
    with speaking(language):
        return word(USUAL, kind)
