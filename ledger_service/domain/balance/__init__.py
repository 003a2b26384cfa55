"""What parties gave one another, what they owe, and how that differs between two pictures."""
