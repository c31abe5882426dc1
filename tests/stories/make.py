"""Writes the stories' mails from their story.yaml and letters.yaml: `python -m tests.stories.make [--force]`.

On purpose only: a file that exists with other content is never written over without --force, so that a changed mail is
always somebody's decision. The first story's mails are those of the demo and are not written here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.mails.building import PLATFORM_SENDER, Sample, mail_bytes
from tests.mails.lancers_bodies import notice
from tests.stories.stories import Story, StoryMail, stories

#: The shapes that Japanese mail really has, taken in turn.
SHAPES = (
    {"charset": "utf-8", "transfer": "base64"},
    {"charset": "iso-2022-jp", "transfer": "7bit"},
    {"charset": "utf-8", "transfer": "quoted-printable"},
    {"charset": "utf-8", "transfer": "base64", "shape": "alternative"},
)


def files(story: Story) -> dict[Path, bytes]:
    """The path and content of every mail of a story."""
    if story.about.get("demo"):
        return {}
    return {story.mails_folder / mail.file: _bytes(story, mail, number) for number, mail in enumerate(story.mails, 1)}


def _bytes(story: Story, mail: StoryMail, number: int) -> bytes:
    project = story.about["projects"].get(int(mail.project), {}) if mail.project else {}
    holes = {"client": "", "title": "", **project, "words": mail.words, "subject": mail.subject}
    lines = [line.format(**holes) for line in mail.letter.body]
    link = mail.letter.link.format(project=mail.project) if mail.shows_link else None
    sample = Sample(
        name=story.name[:2] + mail.file.removesuffix(".eml"),
        subject=mail.letter.subject.format(**holes),
        body="花村 様\n\n" + "\n".join(lines) + "\n" if mail.sender else notice(*lines, link=link),
        expected={},
        sender=(project["client"], mail.sender) if mail.sender else PLATFORM_SENDER,
        **SHAPES[number % len(SHAPES)],  # type: ignore[arg-type]
    )
    # The kit dates every Message-ID alike; a reader of these mails expects the mail's own day.
    return mail_bytes(sample, number, mail.at).replace(b"<20260601.", f"<{mail.at:%Y%m%d}.".encode(), 1)


def main() -> int:
    """Write what is new; 1 if something differs and --force is not given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="write over mails whose content differs")
    arguments = parser.parse_args()
    differing = 0
    for story in stories():
        for path, content in files(story).items():
            path.parent.mkdir(exist_ok=True)
            if path.exists() and path.read_bytes() != content and not arguments.force:
                print(f"{story.name}/{path.name} differs; --force writes over it", file=sys.stderr)  # noqa: T201
                differing += 1
                continue
            path.write_bytes(content)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
