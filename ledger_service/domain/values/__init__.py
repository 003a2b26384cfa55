"""The nouns, commands, cuts, answers and refusals, and the rules of single values."""
