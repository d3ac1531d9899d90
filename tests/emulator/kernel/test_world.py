"""Stories out of support threads."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from emulator.kernel.options import SAMPLE
from emulator.kernel.world import AGENT_COUNT, Story, StoryError, read_stories

NOW = 1_795_000_000.0
NOTICE = SAMPLE.with_name("NOTICE")


def _told(*files: Path, tickets: int | None = None, seed: int = 1, now: float = NOW) -> list[Story]:
    return list(read_stories(files, tickets=tickets, seed=seed, now=now))


def _write(file: Path, *threads: dict[str, object]) -> Path:
    file.write_text("".join(json.dumps(_THREAD | thread) + "\n" for thread in threads))
    return file


_THREAD: dict[str, object] = {
    "title": "No mail",
    "created": "2025-03-01T10:00:00Z",
    "updated": "2025-03-02T10:00:00Z",
    "requester": "user-1",
    "body_html": "<p>Help</p>",
    "comments": [],
}


def _comment(created: str, *, by_requester: bool = False) -> dict[str, object]:
    author = "user-1" if by_requester else "helper"
    text = {"author": author, "body_html": f"<p>{created}</p>"}
    return {"created": created, "by_requester": by_requester, **text}


def test_the_sample_is_told_whole_and_in_order() -> None:
    rows = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    stories = _told(SAMPLE)
    assert [story.number for story in stories] == list(range(1, 462))
    for row, story in zip(rows, stories, strict=True):
        texts = [row["body_html"], *(comment["body_html"] for comment in row["comments"])]
        assert [post.html for post in story.posts] == texts
        assert (story.subject, story.requester) == (row["title"], row["requester"])
        assert story.source_url == row["url"]


def test_the_notice_carries_licence_and_attribution() -> None:
    notice = NOTICE.read_text()
    assert "Attribution-ShareAlike 3.0" in notice
    assert "Mozilla Support contributors" in notice


def test_what_the_data_lack_is_invented_and_varied() -> None:
    stories = _told(SAMPLE)
    assert {story.status for story in stories} == {
        "new", "open", "pending", "hold", "solved", "closed",
    }  # fmt: skip
    assert {story.priority for story in stories} == {"low", "normal", "high", "urgent", None}
    assert {story.channel for story in stories} == {"email", "web", "chat", "api"}
    assert {story.satisfaction for story in stories} == {"good", "bad", "offered", None}
    assignees = {story.assignee for story in stories} - {None}
    assert assignees == set(range(AGENT_COUNT))


def test_the_same_seed_tells_the_same_world_and_another_does_not() -> None:
    assert _told(SAMPLE, seed=7) == _told(SAMPLE, seed=7)
    priorities = [[story.priority for story in _told(SAMPLE, seed=seed)] for seed in (7, 8)]
    assert priorities[0] != priorities[1]


def test_every_seventh_post_of_an_agent_is_internal() -> None:
    posts = [post for story in _told(SAMPLE) for post in story.posts]
    by_agents = [post for post in posts if not post.by_requester]
    assert [post.is_internal for post in by_agents[:14]] == ([False] * 6 + [True]) * 2
    assert not any(post.is_internal for post in posts if post.by_requester)


def test_more_tickets_than_threads_repeat_them_earlier_under_other_numbers() -> None:
    once, stories = _told(SAMPLE), _told(SAMPLE, tickets=1000)
    assert [story.number for story in stories] == list(range(1, 1001))
    repeated = stories[461]
    assert repeated.subject == once[0].subject
    assert repeated.created_at < once[0].created_at
    assert repeated.posts[0].html is stories[0].posts[0].html
    assert Counter(story.subject for story in stories) >= Counter(story.subject for story in once)


def test_fewer_tickets_are_the_first_ones() -> None:
    assert _told(SAMPLE, tickets=3) == _told(SAMPLE)[:3]


@pytest.mark.parametrize("now", [NOW, 1_690_000_000.0])
def test_times_ascend_from_the_question_and_lie_in_the_past(now: float) -> None:
    for story in _told(SAMPLE, tickets=500, now=now):
        times = [post.written_at for post in story.posts]
        assert times[0] == story.created_at
        assert all(earlier <= later for earlier, later in pairwise(times))
        assert times[-1] <= story.updated_at <= now


def test_a_comment_before_its_question_is_moved_to_it(tmp_path: Path) -> None:
    comments = [_comment("2025-03-03T00:00:00Z"), _comment("2025-02-01T00:00:00Z")]
    [story] = _told(_write(tmp_path / "threads.jsonl", {"comments": comments}))
    assert [post.html for post in story.posts[1:]] == [
        "<p>2025-02-01T00:00:00Z</p>",
        "<p>2025-03-03T00:00:00Z</p>",
    ]
    assert story.posts[1].written_at == story.created_at


@pytest.mark.parametrize(
    ("thread", "statuses"),
    [
        ({}, {"new"}),
        ({"is_solved": True}, {"solved"}),
        ({"is_solved": True, "is_locked": True}, {"closed"}),
        ({"comments": [_comment("2025-03-01T11:00:00Z", by_requester=True)]}, {"open"}),
        ({"comments": [_comment("2025-03-01T11:00:00Z")]}, {"pending", "hold"}),
    ],
)
def test_the_status_follows_from_the_thread(
    tmp_path: Path, thread: dict[str, object], statuses: set[str]
) -> None:
    file = _write(tmp_path / "threads.jsonl", *[thread] * 60)
    assert {story.status for story in _told(file)} == statuses


def test_several_files_plain_and_compressed_are_told_one_after_the_other(tmp_path: Path) -> None:
    plain = _write(tmp_path / "a.jsonl", {"title": "A"})
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(_THREAD | {"title": "B"}).encode()))
    assert [story.subject for story in _told(plain, packed)] == ["A", "B"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2"),
        ("7", "must be a JSON object"),
        (json.dumps(_THREAD | {"title": None}), "'title' must be a text"),
        (json.dumps(_THREAD | {"created": "2025-03-01T10:00:00"}), "names no time zone"),
        (json.dumps(_THREAD | {"created": "yesterday"}), "yesterday"),
        (json.dumps(_THREAD | {"created": 7}), "7 is no time"),
        (json.dumps({"title": "x"}), "'created' is missing"),
        (json.dumps(_THREAD | {"comments": [1]}), "line 2"),
        ('{"title": "\\ud800"}', "line 2"),
    ],
)
def test_a_line_that_is_no_thread_is_named(tmp_path: Path, line: str, words: str) -> None:
    file = _write(tmp_path / "threads.jsonl", {})
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(StoryError, match=r"threads\.jsonl, line 2: ") as refusal:
        _told(file)
    assert words in str(refusal.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    empty, broken = tmp_path / "empty.jsonl", tmp_path / "broken.jsonl.gz"
    empty.touch()
    broken.write_bytes(b"not gzip")
    for file, words in (
        (tmp_path / "absent.jsonl", "Cannot read"),
        (broken, "Cannot read"),
        (empty, "No support thread"),
    ):
        with pytest.raises(StoryError, match=words):
            _told(file, tickets=5)


@pytest.mark.skipif("SUPPORT_DATA" not in os.environ, reason="needs the folder of all threads")
def test_all_threads_are_told() -> None:
    folder = Path(os.environ["SUPPORT_DATA"])
    stories = _told(
        folder / "sumo_thunderbird_threads.jsonl.gz", folder / "sumo_firefox_multilingual.jsonl.gz"
    )
    assert len(stories) == 24_000 + 7_878
    assert sum(len(story.posts) - 1 for story in stories) == 58_120
