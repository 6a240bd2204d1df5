"""Webhooks: signed requests to other services when something happens in an organisation."""
