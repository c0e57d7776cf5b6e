"""What is to be done with each row of an import, by the rule that a person chose. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.records.parsing import Parsed
from crm.records.same import Found, Keys, Known, Match, Why, match
from crm.records.tables import Outcome, Rule


@dataclass(frozen=True, slots=True)
class Step:
    """What happens with one row. UPDATED means: write what differs (it may be nothing)."""

    parsed: Parsed
    outcome: Outcome
    match: Match | None = None
    reason: str = ""


def decide(
    rows: Sequence[tuple[Parsed, Keys]], known: Known, rule: Rule, decisions: Mapping[int, str]
) -> tuple[list[Step], list[tuple[Parsed, Keys]]]:
    """The steps of these rows, and the rows that must wait until these are written: those that may be the same as a row that
    is about to be created or changed. The first one never waits."""
    steps: list[Step] = []
    waiting: list[tuple[Parsed, Keys]] = []
    taken: set[str] = set()
    touched: set[tuple[str, int | None]] = set()
    for parsed, keys in rows:
        mine = set(_marks(keys))
        if taken & mine:
            waiting.append((parsed, keys))
            continue
        step = _step(parsed, keys, known, Rule(decisions.get(parsed.line) or rule))
        if step.outcome in (Outcome.CREATED, Outcome.JOINED):
            taken |= mine
        elif step.outcome is Outcome.UPDATED and step.match is not None:
            concerned = {("customer", step.match.customer.customer_id), ("person", step.match.person_id)} - _NOBODY
            if touched & concerned:
                waiting.append((parsed, keys))
                continue
            touched |= concerned
            taken |= mine
        steps.append(step)
    return steps, waiting


_NOBODY = {("person", None)}


def _step(parsed: Parsed, keys: Keys, known: Known, rule: Rule) -> Step:
    found = match(keys, known)
    if found is None:
        return Step(parsed, Outcome.CREATED)
    if found.customer.state:
        return Step(parsed, Outcome.SKIPPED, found if found.customer.state == "deleted" else None, found.customer.state)
    if not found.is_whole:
        return Step(parsed, Outcome.JOINED, found, found.why)
    if found.why is Why.SAME_ROW and not (rule is Rule.UPDATE and parsed.attributes):  # whose basis may be there by now
        return Step(parsed, Outcome.SKIPPED, found, found.why)
    match rule:
        case Rule.SKIP:
            return Step(parsed, Outcome.SKIPPED, found, found.why)
        case Rule.ASK:
            return Step(parsed, Outcome.ASKED, found, found.why)
        case Rule.UPDATE:
            if found.customer.is_organisation != keys.is_organisation and not _is_person_elsewhere(keys, found):
                return Step(parsed, Outcome.SKIPPED, found, "kind_differs")
            return Step(parsed, Outcome.UPDATED, found, found.why)
        case Rule.CREATE:
            return _create_all_the_same(parsed, keys, known, found)


def _is_person_elsewhere(keys: Keys, found: Match) -> bool:
    """A private person of the file who is a person at an organisation here."""
    return not keys.is_organisation and found.customer.is_organisation and found.person_id is not None


def _create_all_the_same(parsed: Parsed, keys: Keys, known: Known, found: Match) -> Step:
    """Anything but an external number may be there twice. A contact is a new person at the organisation, which is not."""
    if found.why in (Why.EXTERNAL_ID, Why.PERSON_EXTERNAL_ID) and not keys.has_person:
        return Step(parsed, Outcome.SKIPPED, found, found.why)
    if keys.has_person:
        if keys.person_external_id and keys.person_external_id in known.person_external_ids:
            return Step(parsed, Outcome.SKIPPED, found, Why.PERSON_EXTERNAL_ID)
        return (
            Step(parsed, Outcome.JOINED, found, found.why)
            if found.customer.is_organisation
            else Step(parsed, Outcome.CREATED)
        )
    return Step(parsed, Outcome.CREATED)


def _marks(keys: Keys) -> Iterable[str]:
    """What two rows of one file may share, so that the second waits for the first."""
    if keys.external_id:
        yield f"x{keys.external_id}"
    if keys.person_external_id:
        yield f"p{keys.person_external_id}"
    yield from (f"e{address}" for address in (*keys.emails, *keys.person_emails))
    yield from (f"t{number}" for number in (*keys.phones, *keys.person_phones))
    if keys.is_organisation:
        yield f"n{keys.name_key}"  # a contact's company may come without its postcode
    else:
        yield from (f"n{keys.name_key} {code}" for code in keys.postcodes)


class Simulated:
    """The customers that a dry run would have created so far, for the rows that come after them."""

    MOST = 150_000
    """Rows that are remembered; a longer file's later rows are compared with these and with what is stored."""

    def __init__(self) -> None:
        self.known = Known()
        self._rows = 0

    def add(self, step: Step, keys: Keys) -> None:
        """Remember a row that would be created or would join an organisation. Its id is its line, below zero."""
        if self._rows >= self.MOST:
            return
        self._rows += 1
        known, own_id = self.known, -step.parsed.line
        home = step.match.customer if step.outcome is Outcome.JOINED and step.match else None
        customer = home or Found(own_id, keys.is_organisation, keys.name, None if keys.is_organisation else own_id)
        person = (
            Found(customer.customer_id, customer.is_organisation, customer.name, own_id)
            if keys.has_person
            else customer
        )
        if keys.has_person:
            known.persons.setdefault(customer.customer_id, {})[keys.person_key] = own_id
        if keys.person_external_id:
            known.person_external_ids.setdefault(keys.person_external_id, person)
        for address in keys.person_emails if keys.has_person else keys.emails:
            known.emails.setdefault(address, []).append(person)
        for number in keys.person_phones if keys.has_person else keys.phones:
            known.phones.setdefault(number, []).append((person, keys.person_name or keys.name))
        if home is None:
            self._add_customer(customer, keys)

    def _add_customer(self, customer: Found, keys: Keys) -> None:
        known = self.known
        if keys.external_id:
            known.external_ids.setdefault(keys.external_id, customer)
        known.names.setdefault(keys.name_key, []).append((customer, keys.postcodes))
        if keys.has_person:
            for address in keys.emails:
                known.emails.setdefault(address, []).append(customer)
            for number in keys.phones:
                known.phones.setdefault(number, []).append((customer, keys.name))

    def lay_over(self, known: Known, rows: Sequence[tuple[Parsed, Keys]]) -> None:
        """Add what these rows ask about to what the database knows."""
        mine = self.known
        for _parsed, keys in rows:
            if keys.external_id in mine.external_ids:
                known.external_ids.setdefault(keys.external_id, mine.external_ids[keys.external_id])
            if keys.person_external_id in mine.person_external_ids:
                known.person_external_ids.setdefault(
                    keys.person_external_id, mine.person_external_ids[keys.person_external_id]
                )
            for address in (*keys.emails, *keys.person_emails):
                _extend(known.emails, mine.emails, address)
            for number in (*keys.phones, *keys.person_phones):
                _extend(known.phones, mine.phones, number)
            _extend(known.names, mine.names, keys.name_key)
        homes = {found.customer_id for each in known.names.values() for found, _codes in each} | set(known.persons)
        homes |= {found.customer_id for found in known.external_ids.values()}
        for home in homes & set(mine.persons):
            known.persons[home] = {**mine.persons[home], **known.persons.get(home, {})}


def _extend(known: dict, mine: dict, key: str) -> None:  # type: ignore[type-arg]
    if key in mine:
        there = known.setdefault(key, [])
        there.extend(each for each in mine[key] if each not in there)
