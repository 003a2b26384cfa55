"""Who calls, and what they may do: users, what vouches for them, roles and grants."""
