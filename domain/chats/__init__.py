"""Chats: sessions of messages, about a moment or none, and answers from that moment."""
