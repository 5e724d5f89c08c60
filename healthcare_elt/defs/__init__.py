"""The platform as Dagster sees it: thin, each file named after the Dagster concept in it.

Here belongs turning the pipeline's steps into assets, checks, jobs and schedules. What a step does is in
`pipeline`; no file here does I/O at import.
"""

import warnings

import dagster as dg

# Dagster's version is pinned and tested: that a feature is young or has a successor is no news to the user.
for _category in (dg.BetaWarning, dg.SupersessionWarning):
    warnings.filterwarnings("ignore", category=_category)
