"""The steps of a run, each one function of a home: land, load, transform, tell.

Here belongs putting the rooms together. Dagster's assets and the command line call these same functions.
"""
