"""Articles for the desk: Markdown, found by words and by what the caller wants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from integrations.database.audit import append
from integrations.database.desk_models import KnowledgeArticle
from integrations.database.store import Database

BODY_MAX = 50_000
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class KnowledgeError(Exception):
    """The article cannot be kept. Code `bad_article`."""

    code = "bad_article"


@dataclass(frozen=True, slots=True)
class Article:
    """One article."""

    slug: str
    title: str
    body: str
    """Markdown."""
    intents: tuple[str, ...] = ()


class Knowledge:
    """Every method raises DatabaseError. Some hundred articles are looked through one by one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, slug: str) -> Article | None:
        """One article."""
        with self._database.session() as session:
            row = session.scalar(select(KnowledgeArticle).where(KnowledgeArticle.slug == slug))
            return _article(row) if row else None

    def find(self, words: str, intent: str = "", limit: int = 8) -> list[Article]:
        """The articles that fit best: by intent, then by the pairs of characters that title and text share with the

        words. Pairs need no dictionary, and forgive what a caller puts in between."""
        with self._database.session() as session:
            articles = [_article(row) for row in session.scalars(select(KnowledgeArticle))]
        wanted = _pairs(words)
        scored = [(_score(article, wanted, intent), article) for article in articles]
        if wanted or intent:
            scored = [pair for pair in scored if pair[0] > 0]
        scored.sort(key=lambda pair: (-pair[0], pair[1].title))
        return [article for _, article in scored[:limit]]

    def keep(self, who: str, article: Article) -> None:
        """Add or replace. Raises KnowledgeError."""
        if not _SLUG.fullmatch(article.slug) or not article.title.strip() or len(article.title) > 120:
            raise KnowledgeError("An article has a short name of small letters and a title of up to 120 characters.")
        if not article.body.strip() or len(article.body) > BODY_MAX:
            raise KnowledgeError(f"An article has 1 to {BODY_MAX} characters.")
        with self._database.session() as session:
            row = session.scalar(select(KnowledgeArticle).where(KnowledgeArticle.slug == article.slug))
            if row is None:
                row = KnowledgeArticle(slug=article.slug)
                session.add(row)
            row.title, row.body, row.intents = article.title.strip(), article.body, ",".join(article.intents)[:200]
            row.changed_at, row.changed_by = datetime.now(UTC).replace(tzinfo=None), who
            append(session, who, "article_kept", article.slug, {"title": article.title})


def parse_article(slug: str, text: str) -> Article:
    """A Markdown file whose first line is `# title`; a line `intents: a, b` may follow. Raises KnowledgeError."""
    head, _, body = text.strip().partition("\n")
    if not head.startswith("# "):
        raise KnowledgeError(f"{slug}: the first line of an article is `# ` and its title.")
    intents: tuple[str, ...] = ()
    first, _, rest = body.strip().partition("\n")
    if first.startswith("intents:"):
        intents = tuple(word.strip() for word in first.removeprefix("intents:").split(",") if word.strip())
        body = rest
    return Article(slug, head.removeprefix("# ").strip(), body.strip(), intents)


def _article(row: KnowledgeArticle) -> Article:
    return Article(row.slug, row.title, row.body, tuple(i for i in row.intents.split(",") if i))


def _pairs(text: str) -> frozenset[str]:
    plain = re.sub(r"\W+", "", text.lower())
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1)) or frozenset({plain} - {""})


def _score(article: Article, wanted: frozenset[str], intent: str) -> float:
    title, body = article.title.lower(), article.body.lower()
    points = sum(3.0 * (pair in title) + 1.0 * (pair in body) for pair in wanted) / (len(wanted) or 1)
    return points + (4.0 if intent and intent in article.intents else 0.0)
