"""`python -m benchmarks`: measures, writes docs/performance.md, judges; `make help` has the usual sizes."""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks import deliveries, gate, measure, scenarios, write_up
from benchmarks.runners import NAMES


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("runners", help="Every way of doing the job, in turns.")
    run.add_argument("--encounters", type=int, default=100_000)
    run.add_argument("--dirty", type=int, default=1, help="Percent of rows that break a rule, 0 to 50.")
    run.add_argument("--rounds", type=int, default=5)
    run.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), help="The limit must be among them.")
    more = commands.add_parser("scenarios", help="Other targets of the platform.")
    more.add_argument("--history", type=int, default=1_000_000, help="Encounters of the long history.")
    more.add_argument("--rounds", type=int, default=3)
    more.add_argument("--only", nargs="+", choices=list(scenarios.SCENARIOS), default=list(scenarios.SCENARIOS))
    commands.add_parser("doc", help="The results as tables and chart in docs/performance.md.")
    judge = commands.add_parser("gate", help="Fails if a ratio is worse than the recorded one by a quarter.")
    judge.add_argument("--record", action="store_true", help="Record these ratios instead.")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    write_up.RESULTS.mkdir(exist_ok=True)
    if args.command == "runners":
        plan = deliveries.Plan(args.encounters, args.dirty)
        figures = measure.measure(plan, args.only, args.rounds)
        result = {"encounters": args.encounters, "dirty": args.dirty, "rounds": args.rounds, "figures": figures}
        (write_up.RESULTS / f"runners-{args.encounters}.json").write_text(json.dumps(result, indent=1))
    elif args.command == "scenarios":
        costs = scenarios.measure(args.only, scenarios.Size(history=args.history), args.rounds)
        (write_up.RESULTS / "scenarios.json").write_text(json.dumps({"rounds": args.rounds, "costs": costs}, indent=1))
    elif args.command == "gate":
        return gate.gate(args.record)
    else:
        write_up.write_up()
    return 0


sys.exit(main())
