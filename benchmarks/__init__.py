"""How fast the platform is, beside the limit of the machine and what a user would pick instead (docs/performance.md).

Here belong the deliveries that are measured with, one runner per way of doing the job, the measuring, and what is made
of the figures. Nothing of the product is changed: it is run as its user would. `growth_runs` alone imports of it, to
write into the ledger what would take days to run.
"""
