-- database: tags
use role HEALTHCARE_ELT_ADMIN;
create tag if not exists HEALTHCARE_ELT.META.PHI allowed_values 'direct', 'quasi', 'none';
create tag if not exists HEALTHCARE_ELT.META.SOURCE_SYSTEM;
create tag if not exists HEALTHCARE_ELT.META.MANAGED_BY;
alter database HEALTHCARE_ELT set tag HEALTHCARE_ELT.META.MANAGED_BY = 'healthcare-elt';

-- database: masking policies
use role HEALTHCARE_ELT_ADMIN;
create masking policy if not exists HEALTHCARE_ELT.META.MASK_VARCHAR as (value varchar) returns varchar -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then '***' else '***' end;
alter masking policy HEALTHCARE_ELT.META.MASK_VARCHAR set body -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then '***' else '***' end;
create masking policy if not exists HEALTHCARE_ELT.META.MASK_DATE as (value date) returns date -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then date_trunc('year', value) else null end;
alter masking policy HEALTHCARE_ELT.META.MASK_DATE set body -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then date_trunc('year', value) else null end;
create masking policy if not exists HEALTHCARE_ELT.META.MASK_TIMESTAMP_NTZ as (value timestamp_ntz) returns timestamp_ntz -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then date_trunc('year', value) else null end;
alter masking policy HEALTHCARE_ELT.META.MASK_TIMESTAMP_NTZ set body -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then date_trunc('year', value) else null end;
create masking policy if not exists HEALTHCARE_ELT.META.MASK_FLOAT as (value float) returns float -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then null else null end;
alter masking policy HEALTHCARE_ELT.META.MASK_FLOAT set body -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then null else null end;
create masking policy if not exists HEALTHCARE_ELT.META.MASK_BOOLEAN as (value boolean) returns boolean -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then null else null end;
alter masking policy HEALTHCARE_ELT.META.MASK_BOOLEAN set body -> case when current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') then value when is_role_in_session('HEALTHCARE_ELT_PHI_READER') then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'none' then value when system$get_tag_on_current_column('HEALTHCARE_ELT.META.PHI') = 'quasi' then null else null end;
alter tag HEALTHCARE_ELT.META.PHI set masking policy HEALTHCARE_ELT.META.MASK_VARCHAR force;
alter tag HEALTHCARE_ELT.META.PHI set masking policy HEALTHCARE_ELT.META.MASK_DATE force;
alter tag HEALTHCARE_ELT.META.PHI set masking policy HEALTHCARE_ELT.META.MASK_TIMESTAMP_NTZ force;
alter tag HEALTHCARE_ELT.META.PHI set masking policy HEALTHCARE_ELT.META.MASK_FLOAT force;
alter tag HEALTHCARE_ELT.META.PHI set masking policy HEALTHCARE_ELT.META.MASK_BOOLEAN force;

-- database: schemas are PHI until a column says otherwise
use role HEALTHCARE_ELT_ADMIN;
alter schema HEALTHCARE_ELT.RAW set tag HEALTHCARE_ELT.META.PHI = 'direct';
alter schema HEALTHCARE_ELT.BRONZE set tag HEALTHCARE_ELT.META.PHI = 'direct';
alter schema HEALTHCARE_ELT.META set tag HEALTHCARE_ELT.META.PHI = 'direct';
alter schema HEALTHCARE_ELT.SILVER set tag HEALTHCARE_ELT.META.PHI = 'direct';
alter schema HEALTHCARE_ELT.QUARANTINE set tag HEALTHCARE_ELT.META.PHI = 'direct';
alter schema HEALTHCARE_ELT.GOLD set tag HEALTHCARE_ELT.META.PHI = 'direct';
alter schema HEALTHCARE_ELT.FEATURES set tag HEALTHCARE_ELT.META.PHI = 'direct';
alter schema HEALTHCARE_ELT.CURATED set tag HEALTHCARE_ELT.META.PHI = 'none';
alter schema HEALTHCARE_ELT.REFERENCE set tag HEALTHCARE_ELT.META.PHI = 'none';

-- database: row access policies
use role HEALTHCARE_ELT_ADMIN;
create table if not exists HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS (source_system varchar not null with tag (HEALTHCARE_ELT.META.PHI = 'none'), role_name varchar not null with tag (HEALTHCARE_ELT.META.PHI = 'none')) comment = 'Which role sees the bronze rows of which source system; * is every one';
use warehouse HEALTHCARE_ELT_READING;
insert into HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS (source_system, role_name) select '*', 'HEALTHCARE_ELT_PHI_READER' where not exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS);
create row access policy if not exists HEALTHCARE_ELT.META.ROWS_OF_ICON_HEALTH as (row_number number) returns boolean -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('icon_health', '*'));
alter row access policy HEALTHCARE_ELT.META.ROWS_OF_ICON_HEALTH set body -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('icon_health', '*'));
create row access policy if not exists HEALTHCARE_ELT.META.ROWS_OF_SYNTHEA as (row_number number) returns boolean -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('synthea', '*'));
alter row access policy HEALTHCARE_ELT.META.ROWS_OF_SYNTHEA set body -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('synthea', '*'));
create row access policy if not exists HEALTHCARE_ELT.META.RAW_OF_ICON_HEALTH as (value variant) returns boolean -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or (is_role_in_session('HEALTHCARE_ELT_PHI_READER') and (current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('icon_health', '*'))));
alter row access policy HEALTHCARE_ELT.META.RAW_OF_ICON_HEALTH set body -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or (is_role_in_session('HEALTHCARE_ELT_PHI_READER') and (current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('icon_health', '*'))));
create row access policy if not exists HEALTHCARE_ELT.META.RAW_OF_SYNTHEA as (value variant) returns boolean -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or (is_role_in_session('HEALTHCARE_ELT_PHI_READER') and (current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('synthea', '*'))));
alter row access policy HEALTHCARE_ELT.META.RAW_OF_SYNTHEA set body -> current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or (is_role_in_session('HEALTHCARE_ELT_PHI_READER') and (current_role() in ('HEALTHCARE_ELT_LOADER', 'HEALTHCARE_ELT_TRANSFORMER') or exists (select 1 from HEALTHCARE_ELT.META.SOURCE_SYSTEM_ACCESS as access where is_role_in_session(access.role_name) and access.source_system in ('synthea', '*'))));
