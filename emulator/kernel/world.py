"""Stories: real support threads, told so that any provider can turn them into its records."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from random import Random

import orjson

AGENT_COUNT = 12
"""How many agents a desk has: `Story.assignee` is below it."""

_SECONDS_BETWEEN_COPIES = 26_021.0
_INTERNAL_EVERY = 7
_PRIORITIES = ("low", "normal", "high", "urgent", None)
_CHANNELS = ("email", "web", "chat", "api")
_SATISFACTIONS = ("good", "bad", "offered", None)


class StoryError(ValueError):
    """A data file that cannot be told as stories; names the file, the line and the flaw."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a thread. `written_at` is in epoch seconds, `html` is as in the data."""

    author: str
    by_requester: bool
    written_at: float
    html: str
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One support thread. `posts[0]` is the opening question, times ascend and lie in the past.

    `status` is one of new, open, pending, hold, solved, closed; `priority` low, normal, high,
    urgent or None; `satisfaction` good, bad, offered or None; `channel` email, web, chat or api.
    """

    number: int
    subject: str
    requester: str
    locale: str
    product: str
    tags: tuple[str, ...]
    posts: tuple[Post, ...]
    status: str
    priority: str | None
    channel: str
    assignee: int | None
    satisfaction: str | None
    created_at: float
    updated_at: float
    source_url: str


def read_stories(
    files: Sequence[Path | str], *, tickets: int | None, seed: int, now: float
) -> Iterator[Story]:
    """Tells `tickets` stories (None: each thread once), numbered from 1; same seed, same stories.

    Reads line by line. More stories than threads: they are told again, each copy earlier in time.
    Raises `StoryError` for a file that is missing, empty or not made of threads.
    """
    return islice(_stories(files, is_endless=tickets is not None, seed=seed, now=now), tickets)


def _stories(
    files: Sequence[Path | str], *, is_endless: bool, seed: int, now: float
) -> Iterator[Story]:
    number, agent_posts = 0, count(1)
    threads: Iterable[_Thread] = _threads(files)
    told: list[_Thread] = []
    for copy in count():
        for thread in threads:
            number += 1
            story = _story(thread, number=number, agent_posts=agent_posts, seed=seed)
            yield _moved_back(story, seconds=copy * _SECONDS_BETWEEN_COPIES, now=now)
            if is_endless and copy == 0:
                told.append(thread)
        if number == 0:
            names = ", ".join(map(str, files)) or "no file"
            raise StoryError(f"No support thread to tell: {names}")
        if not is_endless:
            return
        threads = told


@dataclass(frozen=True, slots=True)
class _Thread:
    """A checked row of a data file."""

    title: str
    requester: str
    locale: str
    product: str
    tags: tuple[str, ...]
    url: str
    is_solved: bool
    is_locked: bool
    updated_at: float
    posts: tuple[Post, ...]


def _threads(files: Sequence[Path | str]) -> Iterator[_Thread]:
    for file in files:
        for line_number, line in enumerate(_lines(Path(file)), start=1):
            if not line.strip():
                continue
            try:
                yield _thread(orjson.loads(line))
            except (KeyError, TypeError, ValueError) as flaw:
                raise StoryError(f"{file}, line {line_number}: {_words(flaw)}") from flaw


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            yield from lines
    except (OSError, EOFError, zlib.error) as flaw:
        raise StoryError(f"Cannot read {file}: {flaw}") from flaw


def _words(flaw: Exception) -> str:
    return f"{flaw} is missing" if isinstance(flaw, KeyError) else str(flaw)


def _thread(row: object) -> _Thread:
    if not isinstance(row, Mapping):
        raise TypeError("a thread must be a JSON object")
    started_at = _seconds(row["created"])
    question = Post(_text(row, "requester"), True, started_at, _text(row, "body_html"))
    answers = sorted(
        (_answer(comment, earliest=started_at) for comment in row.get("comments") or ()),
        key=lambda post: post.written_at,
    )
    topic = row.get("topic")
    tags = dict.fromkeys([topic, *(row.get("tags") or ())])
    return _Thread(
        title=_text(row, "title"),
        requester=question.author,
        locale=str(row.get("locale") or "en-US"),
        product=str(row.get("product") or ""),
        tags=tuple(str(tag) for tag in tags if tag),
        url=str(row.get("url") or ""),
        is_solved=bool(row.get("is_solved")),
        is_locked=bool(row.get("is_locked")),
        updated_at=_seconds(row["updated"]) if row.get("updated") else started_at,
        posts=(question, *answers),
    )


def _answer(comment: Mapping[str, object], *, earliest: float) -> Post:
    return Post(
        author=_text(comment, "author"),
        by_requester=bool(comment.get("by_requester")),
        written_at=max(earliest, _seconds(comment["created"])),
        html=_text(comment, "body_html"),
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise TypeError(f"{name!r} must be a text")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no time")
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} names no time zone")
    return moment.timestamp()


def _story(thread: _Thread, *, number: int, agent_posts: Iterator[int], seed: int) -> Story:
    random = Random(f"{seed}:{number}")
    posts = tuple(_with_notes(thread.posts, agent_posts))
    status = _status(thread, random)
    return Story(
        number=number,
        subject=thread.title,
        requester=thread.requester,
        locale=thread.locale,
        product=thread.product,
        tags=thread.tags,
        posts=posts,
        status=status,
        priority=random.choices(_PRIORITIES, (15, 50, 15, 5, 15))[0],
        channel=random.choices(_CHANNELS, (45, 35, 15, 5))[0],
        assignee=_assignee(posts, status, random),
        satisfaction=_satisfaction(status, random),
        created_at=posts[0].written_at,
        updated_at=max(thread.updated_at, posts[-1].written_at),
        source_url=thread.url,
    )


def _with_notes(posts: Iterable[Post], agent_posts: Iterator[int]) -> Iterator[Post]:
    for post in posts:
        is_note = not post.by_requester and next(agent_posts) % _INTERNAL_EVERY == 0
        yield replace(post, is_internal=True) if is_note else post


def _status(thread: _Thread, random: Random) -> str:
    if thread.is_locked:
        return "closed"
    if thread.is_solved:
        return "solved"
    if len(thread.posts) == 1:
        return "new"
    if thread.posts[-1].by_requester:
        return "open"
    return "hold" if random.random() < 0.1 else "pending"


def _assignee(posts: Sequence[Post], status: str, random: Random) -> int | None:
    """The agent who answered first, so that a helper's threads stay with one agent."""
    helper = next((post.author for post in posts if not post.by_requester), None)
    if helper is not None:
        return zlib.crc32(helper.encode()) % AGENT_COUNT
    is_taken = status != "new" or random.random() < 0.2
    return random.randrange(AGENT_COUNT) if is_taken else None


def _satisfaction(status: str, random: Random) -> str | None:
    if status not in {"solved", "closed"}:
        return None
    return random.choices(_SATISFACTIONS, (30, 8, 22, 40))[0]


def _moved_back(story: Story, *, seconds: float, now: float) -> Story:
    """The story `seconds` earlier, and further back when it would still reach beyond `now`."""
    newest = max(story.updated_at, story.posts[-1].written_at)
    shift = max(seconds, newest - now + story.number % 86_400 if newest > now else 0.0)
    if shift == 0:
        return story
    posts = tuple(replace(post, written_at=post.written_at - shift) for post in story.posts)
    return replace(
        story,
        posts=posts,
        created_at=story.created_at - shift,
        updated_at=story.updated_at - shift,
    )
