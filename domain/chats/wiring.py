"""The services and jobs of chats."""

from dataclasses import dataclass

from domain.accounts.notices import Notifier
from domain.accounts.rights import Rights
from domain.chats.answers import AnswerService
from domain.chats.events import ChatEvents
from domain.chats.material import Material
from domain.chats.mentions import MENTION_JOB, ChatMentions
from domain.chats.models import ANSWER_JOB, PURGE_JOB
from domain.chats.records import ChatRecords
from domain.chats.service import ChatService
from domain.infra.base import Base
from domain.infra.work import Work
from domain.insight.endpoint import Endpoint
from domain.moments.events import MomentEvents
from domain.moments.records import MomentRecords


@dataclass(frozen=True, slots=True)
class ChatRoom:
    """The services of this package."""

    chats: ChatService
    answers: AnswerService
    work: Work


def wire(
    base: Base,
    rights: Rights,
    notifier: Notifier,
    moments: MomentRecords,
    of_moments: MomentEvents,
    endpoint: Endpoint,
) -> ChatRoom:
    """Return the services; nothing is started or queried here."""
    records = ChatRecords(base, moments)
    events = ChatEvents(base.events, of_moments)
    chats = ChatService(base, rights, moments, records, events)
    material = Material(base.database, moments)
    answers = AnswerService(base, rights, chats, material, endpoint)
    mentions = ChatMentions(base.database, records, notifier)
    work = Work({ANSWER_JOB: answers.write, MENTION_JOB: mentions.tell, PURGE_JOB: chats.purge})
    return ChatRoom(chats, answers, work)
