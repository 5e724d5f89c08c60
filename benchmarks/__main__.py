"""`python -m benchmarks`: measures, writes docs/performance.md, judges; `make help` has the usual sizes."""

from __future__ import annotations

import argparse
import sys

from benchmarks import deliveries, gate, growth, measure, results, scenarios, write_up
from benchmarks.machine import machine, others
from benchmarks.runners import NAMES, OTHERS, OWN
from benchmarks.runners.ours import MEMORY_LIMIT


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("runners", help="Every way of doing the job, in turns.")
    run.add_argument("--encounters", type=int, default=100_000)
    run.add_argument("--dirty", type=int, default=1, help="Percent of rows that break a rule, 0 to 50.")
    run.add_argument("--rounds", type=int, default=5)
    run.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), help="The limit must be among them.")
    more = commands.add_parser("scenarios", help="Other targets of the platform.")
    more.add_argument("--encounters", type=int, default=100_000, help="Of a usual delivery and history.")
    more.add_argument("--history", type=int, default=1_000_000, help="Encounters of the long history.")
    more.add_argument("--days", type=int, default=365, help="Daily deliveries that are compared with one.")
    more.add_argument("--rounds", type=int, default=3)
    more.add_argument("--only", nargs="+", choices=list(scenarios.SCENARIOS), default=list(scenarios.SCENARIOS))
    grow = commands.add_parser("growth", help="Cost against size, as fitted exponents.")
    grow.add_argument("--only", nargs="+", choices=list(growth.DIMENSIONS), default=list(growth.DIMENSIONS))
    grow.add_argument("--sizes", nargs="+", type=int, help="Others than usual, for one of them.")
    commands.add_parser("doc", help="The results as tables and charts in docs/performance.md.")
    judge = commands.add_parser("gate", help="Fails if a ratio is worse than the recorded one by a quarter.")
    judge.add_argument("--record", action="store_true", help="Record these ratios instead.")
    args = parser.parse_args()
    if args.command == "runners":
        try:
            args.plan = deliveries.Plan(args.encounters, args.dirty)
        except ValueError as error:
            parser.error(str(error))
    if args.command in ("runners", "scenarios") and args.rounds < 1:
        parser.error("--rounds must be at least 1: without a round nothing is measured")
    if args.command == "runners" and "limit" not in args.only:
        parser.error("--only needs limit, of which all others are told as multiples")
    if args.command == "runners" and not set(args.only) <= OWN and not OTHERS.is_dir():
        parser.error("what the platform is compared with is not installed; run `make .venv-bench/.installed`")
    if args.command == "growth" and args.sizes and len(args.only) > 1:
        parser.error("--sizes are those of one dimension: name it with --only")
    return args


def main() -> int:
    args = arguments()
    if args.command == "runners":
        told = {"machine": machine(), "others": others(), "encounters": args.encounters, "dirty": args.dirty}
        told |= {"memory_limit": MEMORY_LIMIT}
        for done, figures in enumerate(measure.measure(args.plan, args.only, args.rounds), 1):
            results.write(f"runners-{args.encounters}", told | {"rounds": done, "figures": figures})
    elif args.command == "scenarios":
        size = scenarios.Size(args.encounters, args.history, args.days)
        for name in args.only:
            told = {"machine": machine(), "size": scenarios.sizes_of(name, size)}
            told |= {"memory_limit": scenarios.memory_limit_of(name)}
            for done, costs in enumerate(scenarios.measure(name, size, args.rounds), 1):
                results.write(f"scenario-{name}", told | {"rounds": done, "costs": costs})
    elif args.command == "growth":
        for name in args.only:
            told = {"machine": machine()}
            points = growth.measure(name, args.sizes or growth.DIMENSIONS[name].sizes)
            results.write(f"growth-{name}", told | {"points": points})
    elif args.command == "gate":
        return gate.gate(args.record)
    else:
        write_up.write_up()
    return 0


if __name__ == "__main__":
    sys.exit(main())
