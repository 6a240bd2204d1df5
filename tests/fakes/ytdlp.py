"""yt-dlp without a network: it says what a test tells it to."""

from domain.core.errors import MomentsError
from domain.infra.ytdlp.client import FACTS_BUDGET, Budget, Facts, YtDlp


class ScriptedYtDlp(YtDlp):
    """Answers every question about an allowed site with `answer`."""

    def __init__(self) -> None:
        super().__init__(())
        self.asked: list[str] = []
        self.answer: Facts | MomentsError = Facts("", "", "", "", "", None)

    async def facts(self, url: str, budget: Budget = FACTS_BUDGET) -> Facts:
        """Return the answer, or raise it."""
        self.asked.append(url)
        if isinstance(self.answer, MomentsError):
            raise self.answer
        return self.answer
