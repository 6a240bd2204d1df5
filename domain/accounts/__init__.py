"""Users, organisations, members, sessions, tokens and invitations: who asks, and what they may."""
