"""The command `ledger-service doctor`: what is wrong with a service, its folders and its store,
and what to do about it.
"""
