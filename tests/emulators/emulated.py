"""`make run TARGET=emulated`: the whole cloud path on this machine, against servers on loopback, without an account.

Here belongs starting the servers and the commands that a user of real accounts types. What the servers do as AWS and
Snowflake would, and what not, is in docs/cloud.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import aws_server
import snowflake_server

BUCKET = "healthcare-elt"
PREFIXES = ("AWS_", "SNOWFLAKE_", "HEALTHCARE_ELT_")
COMMAND = Path(sys.executable).with_name("healthcare-elt")
STEPS = (["snowflake", "apply"], ["sample", "--if-empty"], ["run"])


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="emulated-") as folder, aws_server.running() as aws:
        cloud = _without_accounts() | aws.environment
        with snowflake_server.running(Path(folder) / "journal.jsonl", cloud) as snowflake:
            cloud |= _settings(Path(folder) / "home", snowflake)
            print(
                f"S3 and Snowflake are emulated on {aws.url} and http://{snowflake.host}:{snowflake.port}.", flush=True
            )
            os.environ |= cloud
            _create_bucket()
            for arguments in STEPS:
                print(f"\n$ healthcare-elt {' '.join(arguments)}", flush=True)
                if code := subprocess.run([COMMAND, *arguments], env=cloud, check=False).returncode:
                    return code
            print(_sent(snowflake.journal()))
    return 0


def _without_accounts() -> dict[str, str]:
    """Nothing of real accounts is left in the environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}


def _settings(home: Path, snowflake: snowflake_server.SnowflakeServer) -> dict[str, str]:
    return snowflake.settings | {
        "HEALTHCARE_ELT_HOME": str(home),
        "DAGSTER_HOME": str(home / ".dagster"),
        "HEALTHCARE_ELT_TARGET": "snowflake",
        "HEALTHCARE_ELT_LANDING_URL": f"s3://{BUCKET}/landing",
        "HEALTHCARE_ELT_LEDGER_URL": f"s3://{BUCKET}/ledger",
        "SNOWFLAKE_STORAGE_ROLE_ARN": "arn:aws:iam::123456789012:role/snowflake-reads-the-landing-zone",
    }


def _create_bucket() -> None:
    from healthcare_elt.aws.client import client

    client("s3").create_bucket(Bucket=BUCKET)


def _sent(journal: list[dict[str, Any]]) -> str:
    """What Snowflake was asked, by the first word of each statement."""
    words = Counter(entry["statement"].split(maxsplit=1)[0].lower() for entry in journal if entry["statement"].strip())
    told = ", ".join(f"{count:,} {word}" for word, count in words.most_common(8))
    return f"\nSnowflake was sent {len(journal):,} statements: {told} and others."


if __name__ == "__main__":
    sys.exit(main())
