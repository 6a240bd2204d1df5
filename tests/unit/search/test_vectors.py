"""Vectors of questions, where the model is absent, slow or gone."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from domain.core.errors import Unavailable
from domain.search.vectors import SIZE, Vectors


class Sentences:
    """The model: ready unless it is told otherwise."""

    def __init__(
        self, missing: str | None = None, *, fails: bool = False, hangs: bool = False
    ) -> None:
        self.missing, self.fails, self.hangs = missing, fails, hangs
        self.sentences = "a model"

    def available(self) -> dict[str, str | None]:
        return {"sentences": self.missing}

    async def embed(self, texts: list[str]) -> bytes:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise Unavailable("The analysis ended unexpectedly. Try again later.")
        return bytes(2 * SIZE * len(texts))


def _vectors(sentences: Sentences, *, has_column: bool = True, **more: float) -> Vectors:
    async def fetchval(_sql: str) -> bool:
        return has_column

    database: Any = SimpleNamespace(fetchval=fetchval)
    return Vectors(database, cast("Any", sentences), cast("Any", None), **more)


async def test_a_question_without_a_vector_is_searched_by_words() -> None:
    assert await _vectors(Sentences()).of_query("otter") == f"[{','.join(['0.0'] * SIZE)}]"
    for vectors in (
        _vectors(Sentences("No model.")),
        _vectors(Sentences(), has_column=False),
        _vectors(Sentences(fails=True)),
        _vectors(Sentences(hangs=True), patience_s=0),
    ):
        assert await vectors.of_query("otter") is None


async def test_what_is_missing_is_said() -> None:
    assert "No model." in (await _vectors(Sentences("No model.")).reason() or "")
    assert "pgvector" in (await _vectors(Sentences(), has_column=False).reason() or "")
    assert await _vectors(Sentences()).reason() is None
