"""Inclusion proofs: the tree of a seal in blocks, so that a proof reads one block, not all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from arrears.journal.verifier.hashing import Tree, leaf

# A power of two: blocks are whole subtrees of the tree of RFC 6962, so its shape stays the same.
BLOCK_ENTRIES: Final = 1024


def path(nodes: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes beside the way from one leaf to the root, lowest first (RFC 6962, 2.1.1)."""
    if len(nodes) < 2:
        return []
    split = 1 << (len(nodes) - 1).bit_length() - 1
    if index < split:
        return [*path(nodes[:split], index), root(nodes[split:])]
    return [*path(nodes[split:], index - split), root(nodes[:split])]


def root(nodes: Iterable[bytes]) -> bytes:
    """The root over some leaves."""
    tree = Tree()
    for each in nodes:
        tree.push(each)
    return tree.root()


def blocks(entries: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, int, bytes]]:
    """The blocks over entries of (position, SHA-256): first position, count and root of each."""
    tree, first = Tree(), 0
    for position, sha256 in entries:
        first = first or position
        tree.push(leaf(sha256))
        if tree.count == BLOCK_ENTRIES:
            yield first, tree.count, tree.root()
            tree, first = Tree(), 0
    if tree.count:
        yield first, tree.count, tree.root()
