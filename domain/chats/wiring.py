"""The services and jobs of chats."""

from dataclasses import dataclass

from domain.accounts.rights import Rights
from domain.chats.records import ChatRecords
from domain.chats.service import ChatService
from domain.infra.base import Base
from domain.moments.wiring import MomentRoom


@dataclass(frozen=True, slots=True)
class ChatRoom:
    """The services of this package."""

    chats: ChatService


def wire(base: Base, rights: Rights, moments: MomentRoom) -> ChatRoom:
    """Return the services; nothing is started or queried here."""
    records = ChatRecords(base.database, moments.records)
    return ChatRoom(ChatService(base, rights, moments.records, records, moments.events))
