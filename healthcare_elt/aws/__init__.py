"""What the platform does with AWS: places in S3 where nothing is overwritten, and secrets by reference.

Here belongs talking to AWS and saying in a sentence why it refused. What is kept there is the business of `landing` and
`ledger`. Nothing outside of this package, but Dagster's resource, builds a client.
"""
