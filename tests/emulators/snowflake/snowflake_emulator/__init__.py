"""A Snowflake for tests: fakesnow behind a server of our own, with what an ELT project needs made right.

Runs in its own environment (`.venv-emulator`) and knows nothing of the product. What it does not know is an ordinary
Snowflake error at once; what it accepts without doing it (roles, grants, policies, ...) is listed in `account.py`,
remembered and journalled. Nothing is enforced: no role, no grant, no policy. Never assert through it what it cannot
know: costs, rights, exact error texts, the status words of COPY beyond the documented ones.
"""
