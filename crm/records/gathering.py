"""All customers together, small in memory, and the likely pairs among them. As a program of its own it compares beside the one
that reads and writes: that one stays free for others, and the memory is given back when it ends."""

from __future__ import annotations

import gc
import struct
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations, islice
from typing import Any, BinaryIO, NamedTuple

from msgspec import msgpack

from crm.records.blocking import MOST, block_keys
from crm.records.likeness import Portrait, likeness
from crm.records.portraits import Facts, fingerprint, pair_fingerprint, portrait_of

SHARES = 64
"""Keys are looked through in so many parts, so that never all blocks stand in memory at once."""
PART = 4_000
"""Likely pairs that are told at a time."""


class Keyed(NamedTuple):
    """A customer whose keys the database doesn't have yet, and the fingerprint of what they were made of."""

    customer: int
    fingerprint: str
    keys: list[int]


class Found(NamedTuple):
    """A likely pair: both ids, the smaller one first, reasons with commas between them, fingerprints of both."""

    one: int
    other: int
    score: float
    reasons: str
    fingerprint: str


class Gathering:
    """Customers that are to be compared with each other. Each takes about 500 bytes, a pair that shares a key about 100."""

    def __init__(self) -> None:
        self._portraits: dict[int, bytes] = {}
        self._pack = msgpack.Encoder().encode
        self._unpack = msgpack.Decoder(Portrait).decode
        self._shares = [(array("Q"), array("Q")) for _share in range(SHARES)]

    def add(self, customers: Iterable[Facts]) -> list[Keyed]:
        """Take them in; answers those whose keys have changed."""
        changed = []
        for facts in customers:
            subject = portrait_of(facts)
            keys = block_keys(subject)
            self._portraits[facts.id] = self._pack(subject)
            for key in keys:
                own_keys, members = self._shares[key % SHARES]
                own_keys.append(key)
                members.append(facts.id)
            sign = fingerprint(subject)
            if sign != facts.kept:
                changed.append(Keyed(facts.id, sign, sorted(keys)))
        return changed

    def likely(self) -> Iterator[Found]:
        """The likely pairs, by the id of the first and then of the other."""
        first, one = 0, Portrait("")
        for pair in sorted(self._pairs()):
            if pair >> 64 != first:
                first = pair >> 64
                one = self._unpack(self._portraits[first])
            second = pair & _LOW
            other = self._unpack(self._portraits[second])
            result = likeness(one, other)
            if result.is_likely:
                yield Found(
                    first,
                    second,
                    result.score,
                    ",".join(result.reasons),
                    pair_fingerprint(fingerprint(one), fingerprint(other)),
                )

    def _pairs(self) -> set[int]:
        """Each pair of customers who share a key that few have, as one number: less than half of what two would take."""
        pairs: set[int] = set()
        while self._shares:
            blocks = defaultdict(list)
            for key, member in zip(*self._shares.pop(), strict=True):
                blocks[key].append(member)
            for block in blocks.values():
                if 1 < len(block) <= MOST:
                    pairs.update([one << 64 | other for one, other in combinations(sorted(block), 2)])
        return pairs


_LOW = 2**64 - 1


def message(values: Sequence[Any]) -> bytes:
    body = msgpack.encode(values)
    return struct.pack("!I", len(body)) + body


def read_facts(stream: BinaryIO) -> list[Facts] | None:
    """The next customers, an empty list after the last ones; None if nobody is there any more who could tell."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = struct.unpack("!I", head)[0]
    body = stream.read(size)
    return msgpack.decode(body, type=list[Facts]) if len(body) == size else None


def main() -> None:
    """Answer customers with their keys until an empty list comes; then tell the likely pairs, and an empty list after the last."""
    gc.disable()  # nothing here refers to itself, and looking for it would take a fifth of the time
    gathering = Gathering()
    while facts := read_facts(sys.stdin.buffer):
        _tell(gathering.add(facts))
    likely = gathering.likely() if facts is not None else iter(())
    while found := list(islice(likely, PART)):
        _tell(found)
    _tell([])


def _tell(values: Sequence[Any]) -> None:
    sys.stdout.buffer.write(message(values))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError, KeyboardInterrupt):
        main()
