"""Writes the golden mails and what must be read from them: `python tests/mails/make.py [--force]`, on purpose only.

Each sample becomes `<platform>/<name>.eml` with `<name>.yaml` beside it. A file that exists with other content is
never written over without --force, so that a changed expectation is always somebody's decision.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from building import Sample, mail_bytes  # noqa: E402
from lancers_attested import ATTESTED  # noqa: E402
from lancers_others import OTHERS  # noqa: E402
from lancers_probable import PROBABLE  # noqa: E402

FIRST = datetime(2026, 6, 1, 10, 5, tzinfo=ZoneInfo("Asia/Tokyo"))


def files(samples: list[Sample]) -> dict[str, bytes]:
    """The name and content of every file of the samples."""
    found: dict[str, bytes] = {}
    for number, sample in enumerate(samples, 1):
        if f"{sample.name}.eml" in found:
            raise ValueError(f"two samples are named {sample.name}")
        found[f"{sample.name}.eml"] = mail_bytes(sample, number, FIRST + timedelta(hours=5 * number))
        found[f"{sample.name}.yaml"] = yaml.safe_dump(sample.expected, allow_unicode=True, sort_keys=False).encode()
    return found


def main() -> int:
    """Write what is new; 1 if something differs and --force is not given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="write over files whose content differs")
    parser.add_argument("--to", type=Path, default=HERE / "lancers", metavar="FOLDER", help="default: %(default)s")
    arguments = parser.parse_args()
    differing = 0
    for name, content in files([*ATTESTED, *PROBABLE, *OTHERS]).items():
        path = arguments.to / name
        if path.exists() and path.read_bytes() != content and not arguments.force:
            print(f"{path.name} differs; --force writes over it", file=sys.stderr)  # noqa: T201
            differing += 1
            continue
        path.write_bytes(content)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
