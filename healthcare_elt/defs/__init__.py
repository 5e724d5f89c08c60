"""The platform as Dagster sees it: thin, each file named after the Dagster concept in it.

Here belongs turning the pipeline's steps into assets, checks, jobs and schedules. What a step does is in
`pipeline`; no file here does I/O at import.
"""
