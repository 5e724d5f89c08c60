"""What deliveries on S3 and Snowflake will ask of both, before there is an account.

Here belongs the model of docs/capacity.md as pure functions: what comes in is `inputs`, what is counted of it `counts`,
how long it takes and what it costs `compute`, what follows of it `advice`. Nothing here opens a home or a connection.
"""

from healthcare_elt.capacity.inputs import Deliveries, Prices, Rates
from healthcare_elt.capacity.plan import Plan, plan_capacity

__all__ = ["Deliveries", "Plan", "Prices", "Rates", "plan_capacity"]
