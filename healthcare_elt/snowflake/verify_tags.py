"""Which tags and policies are on tables and on their columns: asked for many tables at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.difference import Ask
from healthcare_elt.snowflake.names import PHI_TAG

AT_ONCE = 25
"""Tables in one question: each is a call of a table function."""


def column_classes(ask: Ask, snowflake: SnowflakeSettings, tables: Sequence[str]) -> dict[str, dict[str, str]]:
    """The value of the tag PHI by column in upper case, for each table or view, which is given with its schema."""
    database, tag = snowflake.database, PHI_TAG.rpartition(".")[2]
    questions = {
        table: f"select '{table}' as table_name, column_name as name, tag_value "
        f"from table({database}.information_schema.tag_references_all_columns('{database}.{table}', 'table')) "
        f"where tag_database = '{database}' and tag_schema = 'META' and tag_name = '{tag}'"
        for table in tables
    }
    return _asked(ask, questions)


def table_tags(ask: Ask, snowflake: SnowflakeSettings, tables: Sequence[str]) -> dict[str, dict[str, str]]:
    """The values of the tags on each table itself, by the tag's name."""
    database = snowflake.database
    questions = {
        table: f"select '{table}' as table_name, tag_name as name, tag_value "
        f"from table({database}.information_schema.tag_references('{database}.{table}', 'table'))"
        for table in tables
    }
    return _asked(ask, questions)


def own_policies(ask: Ask, snowflake: SnowflakeSettings, tables: Sequence[str]) -> dict[str, list[str]]:
    """The names of the policies on each table or its columns, without those that a tag brings."""
    database = snowflake.database
    questions = {
        table: f"select '{table}' as table_name, policy_name as name, policy_kind as tag_value "
        f"from table({database}.information_schema.policy_references("
        f"ref_entity_name => '{database}.{table}', ref_entity_domain => 'table')) where tag_name is null"
        for table in tables
    }
    return {table: sorted(policies) for table, policies in _asked(ask, questions).items()}


def _asked(ask: Ask, questions: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {table: {} for table in questions}
    tables = list(questions)
    for first in range(0, len(tables), AT_ONCE):
        together = " union all ".join(questions[table] for table in tables[first : first + AT_ONCE])
        for row in ask(together):
            found[row["table_name"]][str(row["name"]).upper()] = row["tag_value"]
    return found
