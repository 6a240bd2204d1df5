"""The engines, as configured."""

from domain.core.settings import Settings
from domain.insight.models import ModelChoice
from domain.insight.service import Insight


def wire(settings: Settings) -> Insight:
    """Return the engines; nothing is started or loaded here."""
    choice = ModelChoice(settings.speech_model, settings.model_downloads, settings.insight_threads)
    return Insight(choice)
