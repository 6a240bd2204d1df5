"""People as the public sees them: handles, likes, followers, and reports of abuse."""
