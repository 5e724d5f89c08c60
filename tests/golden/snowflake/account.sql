-- account: resource monitor
use role ACCOUNTADMIN;
create resource monitor if not exists HEALTHCARE_ELT_MONITOR with credit_quota = 100 frequency = monthly start_timestamp = immediately triggers on 80 percent do notify on 100 percent do suspend on 110 percent do suspend_immediate;
alter resource monitor HEALTHCARE_ELT_MONITOR set credit_quota = 100 triggers on 80 percent do notify on 100 percent do suspend on 110 percent do suspend_immediate;

-- account: roles
use role USERADMIN;
create role if not exists HEALTHCARE_ELT_LOADER;
create role if not exists HEALTHCARE_ELT_TRANSFORMER;
create role if not exists HEALTHCARE_ELT_ANALYST;
create role if not exists HEALTHCARE_ELT_PHI_READER;
create role if not exists HEALTHCARE_ELT_ADMIN;
grant role HEALTHCARE_ELT_LOADER to role HEALTHCARE_ELT_ADMIN;
grant role HEALTHCARE_ELT_TRANSFORMER to role HEALTHCARE_ELT_ADMIN;
grant role HEALTHCARE_ELT_ANALYST to role HEALTHCARE_ELT_ADMIN;
grant role HEALTHCARE_ELT_ANALYST to role HEALTHCARE_ELT_PHI_READER;
grant role HEALTHCARE_ELT_ADMIN to role SYSADMIN;

-- account: warehouses
use role SYSADMIN;
create warehouse if not exists HEALTHCARE_ELT_LOADING with warehouse_size = 'XSMALL' initially_suspended = true auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 3600 comment = 'Made by healthcare-elt for HEALTHCARE_ELT';
alter warehouse HEALTHCARE_ELT_LOADING set auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 3600 comment = 'Made by healthcare-elt for HEALTHCARE_ELT';
create warehouse if not exists HEALTHCARE_ELT_TRANSFORMING with warehouse_size = 'XSMALL' initially_suspended = true auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 7200 comment = 'Made by healthcare-elt for HEALTHCARE_ELT';
alter warehouse HEALTHCARE_ELT_TRANSFORMING set auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 7200 comment = 'Made by healthcare-elt for HEALTHCARE_ELT';
create warehouse if not exists HEALTHCARE_ELT_READING with warehouse_size = 'XSMALL' initially_suspended = true auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 600 comment = 'Made by healthcare-elt for HEALTHCARE_ELT';
alter warehouse HEALTHCARE_ELT_READING set auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 600 comment = 'Made by healthcare-elt for HEALTHCARE_ELT';

-- account: warehouses under the resource monitor
use role ACCOUNTADMIN;
alter warehouse HEALTHCARE_ELT_LOADING set resource_monitor = HEALTHCARE_ELT_MONITOR;
alter warehouse HEALTHCARE_ELT_TRANSFORMING set resource_monitor = HEALTHCARE_ELT_MONITOR;
alter warehouse HEALTHCARE_ELT_READING set resource_monitor = HEALTHCARE_ELT_MONITOR;

-- account: database
use role SYSADMIN;
create database if not exists HEALTHCARE_ELT;
grant ownership on database HEALTHCARE_ELT to role HEALTHCARE_ELT_ADMIN copy current grants;
grant usage, operate, monitor on warehouse HEALTHCARE_ELT_LOADING to role HEALTHCARE_ELT_ADMIN;
grant usage, operate, monitor on warehouse HEALTHCARE_ELT_TRANSFORMING to role HEALTHCARE_ELT_ADMIN;
grant usage, operate, monitor on warehouse HEALTHCARE_ELT_READING to role HEALTHCARE_ELT_ADMIN;

-- account: what the administrator of the database may do
use role ACCOUNTADMIN;
grant apply masking policy on account to role HEALTHCARE_ELT_ADMIN;
grant apply tag on account to role HEALTHCARE_ELT_ADMIN;

-- account: storage integration
use role ACCOUNTADMIN;
create storage integration if not exists HEALTHCARE_ELT_LANDING type = external_stage storage_provider = 'S3' enabled = true storage_aws_role_arn = 'arn:aws:iam::123456789012:role/healthcare-elt-snowflake' storage_allowed_locations = ('s3://landing-bucket/healthcare/');
alter storage integration HEALTHCARE_ELT_LANDING set enabled = true storage_aws_role_arn = 'arn:aws:iam::123456789012:role/healthcare-elt-snowflake' storage_allowed_locations = ('s3://landing-bucket/healthcare/');
grant usage on integration HEALTHCARE_ELT_LANDING to role HEALTHCARE_ELT_ADMIN;

-- account: network policy
use role SECURITYADMIN;
create network policy if not exists HEALTHCARE_ELT_NETWORK allowed_ip_list = ('203.0.113.0/24', '198.51.100.7');
alter network policy HEALTHCARE_ELT_NETWORK set allowed_ip_list = ('203.0.113.0/24', '198.51.100.7');

-- account: who uses which warehouse
use role SYSADMIN;
grant usage on warehouse HEALTHCARE_ELT_LOADING to role HEALTHCARE_ELT_LOADER;
grant usage on warehouse HEALTHCARE_ELT_TRANSFORMING to role HEALTHCARE_ELT_TRANSFORMER;
grant usage on warehouse HEALTHCARE_ELT_READING to role HEALTHCARE_ELT_ANALYST;
grant usage on warehouse HEALTHCARE_ELT_READING to role HEALTHCARE_ELT_PHI_READER;
