{{ config(materialized='ephemeral', enabled=var('unit_tests')) }}

{{ history('select key, effective_at, is_deleted, value from ' ~ ref('history_example_versions'), ['key'], 'effective_at', ['value']) }}
