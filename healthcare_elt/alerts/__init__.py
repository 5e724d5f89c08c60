"""Alerts: what is wrong now, told once where `alerts.yaml` says, and told again when it is over.

An alert comes of a state and not of an event: at every look the conditions that hold (`incident`) are compared with the
book of those that were told (`book`), so nothing is lost while nobody looked, and a hundred failing runs are one alert.
What Dagster knows is read in `healthcare_elt/defs`; nothing here imports it.

A message is made of names, numbers, dates, ids and sentences of ours. No file name, no reason and no text of an error
gets into it, since any of them may quote a person.
"""
