-- One day: the least that a hand-written script can do for the tables of tables.sql. It takes for granted what the platform does not: that
-- days come in order and once, that no key comes twice in a delivery, and that no provider leaves.
set variable day = date '{{ day }}';

begin;

insert into bronze.loads
select 'patients', getvariable('day'), coalesce(max(rowid) + 1, 0) from bronze.patients
union all select 'providers', getvariable('day'), coalesce(max(rowid) + 1, 0) from bronze.providers
union all select 'encounters', getvariable('day'), coalesce(max(rowid) + 1, 0) from bronze.encounters;

set variable first_patient = (select max(first_row) from bronze.loads where source_table = 'patients');
set variable first_provider = (select max(first_row) from bronze.loads where source_table = 'providers');
set variable first_encounter = (select max(first_row) from bronze.loads where source_table = 'encounters');

insert into bronze.patients
select patient_id, gender, birth_date, getvariable('day')
from read_csv('{{ inbox }}/patients_{{ day }}.csv', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"');
insert into bronze.providers
select provider_name, npi, zip, getvariable('day')
from read_csv('{{ inbox }}/providers_{{ day }}.csv', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"');
insert into bronze.encounters
select encounter_id, npi, patient_id, cpt, paid_amount, getvariable('day')
from read_csv('{{ inbox }}/encounters_details_{{ day }}.csv', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"');

-- Rows have their final rowid once they are committed.
commit;
begin;

-- Formats are checked once for each value, of which there are few.
create or replace macro is_npi(text) as regexp_full_match(text, '[12][0-9]{9}') and (
    24 + list_sum(list_transform(range(1, 11), lambda p: cast(case
        when p % 2 = 1 then translate(substr(text, p, 1), '0123456789', '0246813579') else substr(text, p, 1) end as integer)))
) % 10 = 0;
create or replace temporary table good_npis as
select npi from (
    select npi from bronze.encounters where rowid >= getvariable('first_encounter')
    union select npi from bronze.providers where rowid >= getvariable('first_provider')
) as named
where case when regexp_full_match(npi, '[12][0-9]{9}') then is_npi(npi) end;
create or replace temporary table good_cpts as
select distinct cpt from bronze.encounters
where rowid >= getvariable('first_encounter') and regexp_full_match(cpt, '[0-9]{4}[0-9A-Z]');

-- Typed, and valid where `reasons` is empty; the reasons are put together only of rows that have one.
create or replace temporary table typed_patients as
select *, case when is_good then '' else concat_ws(',',
    case when gender not in ('F', 'M', 'X', 'U') then 'gender.allowed' end,
    case when birth_date is null then 'birth_date.required' end,
    case when birth_date is not null and born is null then 'birth_date.type' end,
    case when born < date '1900-01-01' then 'birth_date.min' end) end as reasons
from (
    select
        rowid - getvariable('first_patient') + 1 as row_number, patient_id, gender, birth_date,
        cast(try_strptime(birth_date, '%Y-%m-%d') as date) as born,
        coalesce(gender in ('F', 'M', 'X', 'U'), true) and coalesce(born >= date '1900-01-01', false) as is_good
    from bronze.patients
    where rowid >= getvariable('first_patient')
) as typed;
insert into silver.patients select patient_id, gender, born, getvariable('day') from typed_patients where is_good;
insert into quarantine.patients
select reasons, patient_id, gender, birth_date, getvariable('day'), row_number from typed_patients where not is_good;

create or replace temporary table typed_providers as
select
    rowid - getvariable('first_provider') + 1 as row_number, provider_name, npi, zip,
    concat_ws(',',
        case when provider_name is null then 'provider_name.required' end,
        case when npi not in (select npi from good_npis) then 'npi.format' end,
        case when not regexp_full_match(zip, '[0-9]{5}(-?[0-9]{4})?') then 'zip.format' end) as reasons
from bronze.providers
where rowid >= getvariable('first_provider');
insert into silver.providers
select provider_name, npi, zip, getvariable('day')
from typed_providers as new
where reasons = '' and not exists (
    select 1 from gold.dim_provider as known
    where known.npi = new.npi and known.valid_to is null and not known.is_inferred and known.provider_name = new.provider_name and known.zip = new.zip
);
insert into quarantine.providers
select reasons, provider_name, npi, zip, getvariable('day'), row_number from typed_providers where reasons <> '';

create or replace temporary table typed_encounters as
select
    rowid - getvariable('first_encounter') + 1 as row_number, encounter_id, npi, patient_id, cpt, paid_amount,
    case when regexp_full_match(paid_amount, '[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)') then try_cast(paid_amount as decimal(12, 2)) end as paid,
    patient_id is not null and npi in (select npi from good_npis) and cpt in (select cpt from good_cpts)
        and (paid_amount is null or coalesce(paid >= 0, false)) as is_good
from bronze.encounters
where rowid >= getvariable('first_encounter');
insert into silver.encounters
select encounter_id, npi, patient_id, cpt, paid, getvariable('day') from typed_encounters where is_good;
insert into quarantine.encounters
select
    concat_ws(',',
        case when npi not in (select npi from good_npis) then 'npi.format' end,
        case when patient_id is null then 'patient_id.required' end,
        case when cpt not in (select cpt from good_cpts) then 'cpt.format' end,
        case when paid_amount is not null and paid is null then 'paid_amount.type' end,
        case when paid < 0 then 'paid_amount.min' end),
    encounter_id, npi, patient_id, cpt, paid_amount, getvariable('day'), row_number
from typed_encounters
where not is_good;

-- Dimensions: what was described closes the version before it, also an inferred one; who is only mentioned is inferred.
update gold.dim_patient as known set valid_to = getvariable('day')
from silver.patients as new
where new.effective_date = getvariable('day') and known.patient_id = new.patient_id and known.valid_to is null;
insert into gold.dim_patient
select nextval('gold.keys'), patient_id, gender, birth_date, effective_date, null, false from silver.patients where effective_date = getvariable('day');
insert into gold.dim_patient
select nextval('gold.keys'), patient_id, null, null, getvariable('day'), null, true
from (select distinct patient_id from typed_encounters where is_good) as mentioned
where not exists (select 1 from gold.dim_patient as known where known.patient_id = mentioned.patient_id);

update gold.dim_provider as known set valid_to = getvariable('day')
from silver.providers as new
where new.effective_date = getvariable('day') and known.npi = new.npi and known.valid_to is null;
insert into gold.dim_provider
select nextval('gold.keys'), npi, provider_name, zip, effective_date, null, false from silver.providers where effective_date = getvariable('day');
insert into gold.dim_provider
select nextval('gold.keys'), npi, null, null, getvariable('day'), null, true
from (select distinct npi from typed_encounters where is_good) as mentioned
where not exists (select 1 from gold.dim_provider as known where known.npi = mentioned.npi);

insert into gold.fct_encounter
select e.encounter_id, patients.patient_key, providers.provider_key, getvariable('day'), e.patient_id, e.npi, e.cpt, e.paid
from typed_encounters as e
left join gold.dim_patient as patients
    on patients.patient_id = e.patient_id and patients.valid_from <= getvariable('day') and (getvariable('day') < patients.valid_to or patients.valid_to is null)
left join gold.dim_provider as providers
    on providers.npi = e.npi and providers.valid_from <= getvariable('day') and (getvariable('day') < providers.valid_to or providers.valid_to is null)
where e.is_good;

insert into features.provider_procedure
select
    new.npi, new.cpt, getvariable('day'), new.encounters + coalesce(before.encounters, 0) as encounters, new.paid + coalesce(before.paid, 0) as paid,
    cast(cast(new.paid + coalesce(before.paid, 0) as double) / (new.encounters + coalesce(before.encounters, 0)) as decimal(18, 2))
from (
    select npi, cpt, count(*) as encounters, coalesce(sum(paid), 0) as paid from typed_encounters where is_good group by npi, cpt
) as new
left join (
    select npi, cpt, max(encounters_to_date) as encounters, arg_max(paid_to_date, as_of_date) as paid from features.provider_procedure group by npi, cpt
) as before on before.npi = new.npi and before.cpt = new.cpt;

commit;
checkpoint;
