"""Files in, trusted star schema out: see docs/architecture.md for the rooms of this package."""

import warnings

# Snowflake's connector brings a copy of requests that doubts the versions which are locked, and tested with it, here.
warnings.filterwarnings("ignore", message=r"urllib3 .* doesn't match a supported version")
