-- database: schemas
use role HEALTHCARE_ELT_ADMIN;
create schema if not exists HEALTHCARE_ELT.RAW with managed access;
alter schema HEALTHCARE_ELT.RAW enable managed access;
create transient schema if not exists HEALTHCARE_ELT.BRONZE with managed access;
alter schema HEALTHCARE_ELT.BRONZE enable managed access;
create schema if not exists HEALTHCARE_ELT.META with managed access;
alter schema HEALTHCARE_ELT.META enable managed access;
create transient schema if not exists HEALTHCARE_ELT.SILVER with managed access;
alter schema HEALTHCARE_ELT.SILVER enable managed access;
create schema if not exists HEALTHCARE_ELT.QUARANTINE with managed access;
alter schema HEALTHCARE_ELT.QUARANTINE enable managed access;
create schema if not exists HEALTHCARE_ELT.GOLD with managed access;
alter schema HEALTHCARE_ELT.GOLD enable managed access;
create schema if not exists HEALTHCARE_ELT.FEATURES with managed access;
alter schema HEALTHCARE_ELT.FEATURES enable managed access;
create schema if not exists HEALTHCARE_ELT.CURATED with managed access;
alter schema HEALTHCARE_ELT.CURATED enable managed access;
create schema if not exists HEALTHCARE_ELT.REFERENCE with managed access;
alter schema HEALTHCARE_ELT.REFERENCE enable managed access;

-- database: file formats and stages
use role HEALTHCARE_ELT_ADMIN;
create file format if not exists HEALTHCARE_ELT.META.CSV type = csv field_delimiter = ',' skip_header = 1 field_optionally_enclosed_by = '"' escape_unenclosed_field = none empty_field_as_null = false null_if = () error_on_column_count_mismatch = false encoding = 'UTF8';
alter file format HEALTHCARE_ELT.META.CSV set field_delimiter = ',' skip_header = 1 field_optionally_enclosed_by = '"' escape_unenclosed_field = none empty_field_as_null = false null_if = () error_on_column_count_mismatch = false encoding = 'UTF8';
create file format if not exists HEALTHCARE_ELT.META.JSON_LINES type = json strip_outer_array = false;
alter file format HEALTHCARE_ELT.META.JSON_LINES set strip_outer_array = false;
create file format if not exists HEALTHCARE_ELT.META.PARQUET type = parquet;
create stage if not exists HEALTHCARE_ELT.META.UPLOADS encryption = (type = 'SNOWFLAKE_SSE');
create stage if not exists HEALTHCARE_ELT.META.LANDING_ZONE url = 's3://landing-bucket/healthcare/' storage_integration = HEALTHCARE_ELT_LANDING;
alter stage HEALTHCARE_ELT.META.LANDING_ZONE set url = 's3://landing-bucket/healthcare/' storage_integration = HEALTHCARE_ELT_LANDING;
