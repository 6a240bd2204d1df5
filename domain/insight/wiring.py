"""The engines, as configured."""

from domain.core.settings import Settings
from domain.insight.chat import Server
from domain.insight.endpoint import Endpoint
from domain.insight.models import ModelChoice
from domain.insight.service import Insight


def wire(settings: Settings) -> Insight:
    """Return the engines; nothing is started or loaded here."""
    choice = ModelChoice(settings.speech_model, settings.model_downloads, settings.insight_threads)
    return Insight(choice)


def wire_endpoint(settings: Settings) -> Endpoint:
    """Return the endpoint, configured or not."""
    if settings.ai_url is None:
        return Endpoint(None)
    key = settings.ai_key.get_secret_value() if settings.ai_key else None
    return Endpoint(
        Server(
            settings.ai_url,
            key,
            settings.ai_model or "",
            settings.ai_speech_model or "",
            settings.ai_context,
            settings.ai_tokens,
        )
    )
