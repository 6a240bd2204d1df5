"""Chats without a database."""
