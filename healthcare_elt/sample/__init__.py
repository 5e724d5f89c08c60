"""Sample deliveries of the source system icon_health, with known faults and the truth about them.

Here belongs making data up. Nothing here reads what the pipeline makes of it.
"""

from healthcare_elt.sample.employers import employers
from healthcare_elt.sample.errors import SampleError
from healthcare_elt.sample.faults import FAULTS, Fault
from healthcare_elt.sample.write import SampleSummary, write_sample

__all__ = ["FAULTS", "Fault", "SampleError", "SampleSummary", "employers", "write_sample"]
