"""How well vectors alone find a passage by other words, and how much the other passages matter.

Run: python -m benchmarks.paraphrases
Two sets of questions and passages, MRR@10 each among its own passages, and among all: those of
both sets, with the sentences of the other sets. `search_held_out.tsv` was written before looking,
and nothing was tuned on it.
"""

import sys

import numpy as np

from benchmarks.search import _HERE, sets
from domain.insight.sentences import embed

_DEPTH = 10
Pairs = list[tuple[str, str]]


def rows_of(name: str) -> list[list[str]]:
    """Return the fields of each line of a set."""
    return [row.split("\t") for row in (_HERE / name).read_text(encoding="utf-8").splitlines()]


def mrr(pairs: Pairs, passages: set[str]) -> float:
    """Return the mean reciprocal rank of the answers among passages."""
    pool = sorted(passages)
    nearness = embed([question for question, _ in pairs]) @ embed(pool).T
    places = np.array([pool.index(passage) for _, passage in pairs])
    ranks = 1 + (nearness > nearness[np.arange(len(pairs)), places][:, None]).sum(axis=1)
    return float(np.where(ranks <= _DEPTH, 1 / ranks, 0).mean())


def main() -> int:
    """Print the figures; return the exit code."""
    written = {
        "search.tsv": [(row[1], row[2]) for row in sets() if row[0] == "paraphrase"],
        "search_held_out.tsv": [(row[0], row[1]) for row in rows_of("search_held_out.tsv")],
    }
    everything = {row[2] for row in sets()} | {row[1] for row in rows_of("search_held_out.tsv")}
    for name in ("topics.tsv", "emotions.tsv"):
        everything |= {row[1] for row in rows_of(name)}
    print(f"{'MRR@10':22}among its own passages  among {len(everything)}")
    for name, pairs in written.items():
        own = {passage for _, passage in pairs}
        print(f"  {name:20}{mrr(pairs, own):.3f} of {len(own):10}  {mrr(pairs, everything):14.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
