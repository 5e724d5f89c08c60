-- The tables of the job, with the names and columns by which equality.py compares every way of doing it.
create schema bronze;
create schema silver;
create schema quarantine;
create schema gold;
create schema features;

-- A row's number in its delivery is its rowid, less that of the delivery's first row.
create table bronze.loads (source_table varchar, delivery_date date, first_row bigint);
create table bronze.patients (patient_id varchar, gender varchar, birth_date varchar, delivery_date date);
create table bronze.providers (provider_name varchar, npi varchar, zip varchar, delivery_date date);
create table bronze.encounters (encounter_id varchar, npi varchar, patient_id varchar, cpt varchar, paid_amount varchar, delivery_date date);

create table silver.patients (patient_id varchar, gender varchar, birth_date date, effective_date date);
create table silver.providers (provider_name varchar, npi varchar, zip varchar, effective_date date);
create table silver.encounters (encounter_id varchar, npi varchar, patient_id varchar, cpt varchar, paid_amount decimal(12, 2), effective_date date);

create table quarantine.patients (reasons varchar, patient_id varchar, gender varchar, birth_date varchar, delivery_date date, row_number bigint);
create table quarantine.providers (reasons varchar, provider_name varchar, npi varchar, zip varchar, delivery_date date, row_number bigint);
create table quarantine.encounters (
    reasons varchar, encounter_id varchar, npi varchar, patient_id varchar, cpt varchar, paid_amount varchar, delivery_date date, row_number bigint
);

create sequence gold.keys;
create table gold.dim_patient (
    patient_key bigint, patient_id varchar, gender varchar, birth_date date, valid_from date, valid_to date, is_inferred boolean
);
create table gold.dim_provider (
    provider_key bigint, npi varchar, provider_name varchar, zip varchar, valid_from date, valid_to date, is_inferred boolean
);
create table gold.fct_encounter (
    encounter_id varchar, patient_key bigint, provider_key bigint, encounter_date date, patient_id varchar, npi varchar, cpt varchar, paid_amount decimal(12, 2)
);
create table features.provider_procedure (
    npi varchar, cpt varchar, as_of_date date, encounters_to_date bigint, paid_to_date decimal(18, 2), mean_paid_to_date decimal(18, 2)
);
