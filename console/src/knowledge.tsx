import DOMPurify from "dompurify";
import { marked } from "marked";
import { useEffect, useState } from "react";
import { api } from "./api";
import { useLanguage } from "./language";
import type { Article } from "./types";

/** Markdown is written by colleagues; it is cleaned all the same. */
function html(markdown: string): string {
  return DOMPurify.sanitize(marked.parse(markdown, { async: false }), { FORBID_TAGS: ["style", "form", "img"] });
}

export function Knowledge({ intent, wide = false }: { intent: string; wide?: boolean }) {
  const { say } = useLanguage();
  const [words, setWords] = useState("");
  const [found, setFound] = useState<Article[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => {
      const query = new URLSearchParams({ q: words, intent: words ? "" : intent });
      api<Article[]>("GET", `/api/knowledge?${query}`).then(setFound, () => undefined);
    }, 200);
    return () => clearTimeout(timer);
  }, [words, intent]);

  return (
    <section className={wide ? "card knowledge wide" : "card knowledge"} aria-label={say("knowledge")}>
      <h2>{say("knowledge")}</h2>
      <label>
        {say("search")}
        <input type="search" value={words} maxLength={100} onChange={(event) => setWords(event.target.value)} />
      </label>
      {found.length === 0 && <p className="quiet">{say("none_found")}</p>}
      {found.map((article, place) => (
        <details key={article.slug} open={place === 0 && (wide || Boolean(intent || words))}>
          <summary>{article.title}</summary>
          <div dangerouslySetInnerHTML={{ __html: html(article.body) }} />
        </details>
      ))}
    </section>
  );
}
