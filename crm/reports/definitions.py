"""What each figure of the report means, in words. They stand at the report's end and beside the figures in the API."""

from __future__ import annotations

from dataclasses import dataclass

from crm.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Definition:
    """The name of a figure and how it is counted; both are translated when they are shown."""

    code: str
    name: str
    text: str


DEFINITIONS = (
    Definition(
        "contacts",
        N_("Contacts with customers"),
        N_(
            "Everything recorded in the contact history whose time lies in the period, in either direction, "
            "observations without a known customer included. A contact without a touchpoint counts in the total."
        ),
    ),
    Definition(
        "satisfaction",
        N_("Satisfaction"),
        N_(
            "The mean of customers' own answers from 1 (very dissatisfied) to 5 (very satisfied). "
            "What staff thought of a contact is never counted here; it is shown apart as staff's view."
        ),
    ),
    Definition(
        "target",
        N_("Target"),
        N_(
            "The satisfaction aimed at, fixed for each touchpoint. The overall target weighs each by its number of answers."
        ),
    ),
    Definition(
        "nps",
        N_("NPS"),
        N_(
            "Net Promoter Score: of the answers from 0 to 10, the share of 9 and 10 minus the share of 0 to 6, "
            "in points from −100 to +100."
        ),
    ),
    Definition(
        "responses",
        N_("Response rate"),
        N_(
            "Of the customers whose survey was sent in the period, the share who had answered when the figures were drawn up; whoever was "
            "asked lately may still answer. Messages that did not leave are left out; answers on paper belong to no rate."
        ),
    ),
    Definition(
        "interval",
        N_("95 % interval"),
        N_(
            "Where the true figure most likely lies, given the number of answers (Student's t for means; adjusted Wald for NPS). "
            "Figures from fewer than five answers are uncertain and marked with °."
        ),
    ),
    Definition(
        "moments",
        N_("Moment of truth"),
        N_(
            "A touchpoint at which an important concern is at stake by nature, or a single contact that was marked as such. "
            "A low answer is a satisfaction of 1 or 2."
        ),
    ),
    Definition(
        "promises",
        N_("Promises kept"),
        N_(
            "First responses and solutions whose due time lies in the period: kept if done by then, missed if not. "
            "Left out: solutions that wait for the customer, and due times that a later change moved into the past. "
            "A solution counts as a first response if there was none before."
        ),
    ),
    Definition(
        "first_contact",
        N_("Solved at the first contact"),
        N_(
            "Of the enquiries solved in the period and not open again: those for which one reply by a person was enough"
            " until they were first solved, which were never given to another level and not reopened within 7 days. "
            "Replies to enquiries that were merged into them count too. Counted by the level that the enquiry needed; "
            "level 0 is the automatic answer."
        ),
    ),
    Definition(
        "enquiries",
        N_("Enquiries"),
        N_(
            "Enquiries opened in the period, whatever has become of them since. What was merged into another one counts with that one."
        ),
    ),
    Definition(
        "open",
        N_("Open at the end"),
        N_("Enquiries opened before the end of the period (or before now, while it runs) and not solved by then."),
    ),
    Definition(
        "topics",
        N_("Rising and vanishing topics"),
        N_(
            "A topic stands out when its enquiries differ from the mean of the three months before by at least a quarter "
            "and by more than five."
        ),
    ),
    Definition(
        "origins",
        N_("New customers"),
        N_("Customers and prospects entered in the period, by how they heard of us."),
    ),
    Definition(
        "overdue",
        N_("Overdue"),
        N_(
            "Customers with whom nobody had contact for longer than their service level promises, "
            "on the day on which the figures were drawn up. Former customers are left out."
        ),
    ),
    Definition(
        "consents",
        N_("Consent coverage"),
        N_(
            "Persons whose consent for the purpose holds at the end of the period on at least one channel, of all persons. "
            "E-mail consents count only once they are confirmed, unless given on paper."
        ),
    ),
    Definition(
        "effort",
        N_("Ease for customers"),
        N_("The mean of customers' own answers to how easy it was for them, from 1 (very hard) to 7 (very easy)."),
    ),
    Definition(
        "measures",
        N_("Measures"),
        N_(
            "Open ones, and those carried out in the twelve months up to the end of the month. Before: the figure in the days right "
            "before the measure began, fixed then. After: in the days since it was carried out, up to the end of the month and at "
            "most as many. It has improved or got worse if the 95 % interval of the difference leaves out 0; from fewer than five "
            "answers, enquiries or contacts before or after nothing is said. All figures of measures are those of all customers."
        ),
    ),
    Definition(
        "voices",
        N_("Praise and criticism"),
        N_(
            "Points that staff noted from contacts and enquiries in the period, by the touchpoint they are about. "
            "The balance is praise minus criticism."
        ),
    ),
    Definition(
        "places",
        N_("Departments and products"),
        N_(
            "An enquiry belongs to the department of the touchpoint of its first contact, else to that of the product it is about; "
            "to a product if it was named, chosen or given when the enquiry was solved. Waiting is the median of real time from "
            "the beginning of the enquiry to the first response and to the solution, of those answered and solved in the period."
        ),
    ),
    Definition(
        "quotations",
        N_("Business time until a quotation is sent"),
        N_(
            "Business time from the request to the sending, of the quotations sent in the period; the median is exceeded by half of them. "
            "What was requested and not sent at the end of the period waits for us. Quotations belong to no touchpoint."
        ),
    ),
    Definition(
        "conversion",
        N_("Conversion"),
        N_(
            "Of the prospects who came in the twelve months up to the end of the period, those who became customers by then. "
            "Each counts in every phase in which there was a contact with them before, so the phases are steps and don't add up."
        ),
    ),
    Definition(
        "lost",
        N_("Lost customers"),
        N_("Customers and prospects whose status became “former” in the period, by the reason that was given."),
    ),
    Definition(
        "requests",
        N_("Data protection requests"),
        N_(
            "Requests of data subjects (GDPR Art. 7 and 15 to 22) that came in during the period, and those settled in it; "
            "in time if settled by the due day, extensions included. Overdue: open at the end of the period, with the due day passed."
        ),
    ),
    Definition(
        "left_out",
        N_("Left out everywhere"),
        N_(
            "People and customers whose processing is restricted (GDPR Art. 18), and deleted customers. "
            "Their data protection requests are counted all the same: they are the proof of our own duty."
        ),
    ),
)

WAYS = Definition(
    "ways",
    N_("Ways of answering"),
    N_(
        "Enquiries solved for the first time in the period, by the first answer that the customer got: given automatically (level 0), made "
        "by a person from a text block or an approved answer, or written freely. Whoever went on afterwards: the first answer decides. "
        "Satisfaction is that of the survey answers (1 to 5) that belong to these enquiries, with its 95 % interval, and is shown from "
        "five answers on. Solved at the first contact: with this one answer, never given to another level and not opened again within "
        "7 days; an automatic answer only if no person took over. Opened again: within 7 days. Both are known 7 days after an enquiry was "
        "solved. Until the first answer: the median of real time."
    ),
)
"""The comparison of the ways of answering; it has a page of its own and doesn't stand in the report."""
