"""What has to be there in a Snowflake account, and connecting to it.

Here belongs DDL and who may do what: planned from settings and contracts, applied, and compared with the account.
Loading is in `warehouse`, the models are dbt's, and names of roles, warehouses and stages are in `settings_snowflake`.
Nothing here imports the connector before it is needed: that takes seconds.
"""
