"""Users, organisations, members, sessions, tokens, invitations: authentication and rights."""
