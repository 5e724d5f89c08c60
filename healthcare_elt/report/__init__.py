"""The report: one HTML page about a home, complete in itself.

Here belongs what the page says and how it looks. It is outside the PHI zone, so deliveries are named by their ids and
never by their files. What is counted in the warehouse for everybody is in `pipeline.summary`; what Dagster remembers is
read in `defs.history`.
"""

from healthcare_elt.report.gather import gather
from healthcare_elt.report.history import History
from healthcare_elt.report.page import write_page

__all__ = ["History", "gather", "write_page"]
