/** Wrap-ups that an agent still owes. Kept in this browser by user, so that a reload, the next call or a colleague's
    question loses none of them. */

import { useCallback, useEffect, useState } from "react";
import type { Call, WrapUp } from "./types";

const KEPT_MS = 7 * 24 * 3600 * 1000;

export interface Waiting {
  call_id: string;
  /** Masked: others use this browser, too. */
  number: string;
  /** Second at which the talk began, on the server's clock. */
  since: number;
  /** Millisecond at which it was kept, on this computer's. */
  kept_at: number;
}

const listKey = (user: string) => `toWrap:${user}`;
const draftKey = (user: string, callId: string) => `wrap:${user}:${callId}`;

/** As the wall shows it: 139****0001. */
function masked(number: string | null): string {
  if (!number) return "";
  return number.length >= 9 ? `${number.slice(0, 3)}****${number.slice(-4)}` : "****";
}

function parsed(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function isWaiting(one: unknown): one is Waiting {
  const entry = one as Waiting | null;
  return typeof entry?.call_id === "string" && typeof entry.number === "string" && Number.isFinite(entry.since + entry.kept_at);
}

function readList(key: string): Waiting[] {
  const found = parsed(key);
  return Array.isArray(found) ? found.filter(isWaiting) : [];
}

function writeList(key: string, list: Waiting[]): void {
  if (list.length > 0) localStorage.setItem(key, JSON.stringify(list));
  else localStorage.removeItem(key);
}

/** Of all users of this browser: what is too old, and drafts that no list names. */
function dropOld(): void {
  const named = new Set<string>();
  const keys = Object.keys(localStorage);
  for (const key of keys.filter((one) => one.startsWith("toWrap:"))) {
    const fresh = readList(key).filter((one) => Date.now() - one.kept_at < KEPT_MS);
    writeList(key, fresh);
    for (const one of fresh) named.add(draftKey(key.slice("toWrap:".length), one.call_id));
  }
  for (const key of keys) if (key.startsWith("wrap:") && !named.has(key)) localStorage.removeItem(key);
}

export function readDraft(user: string, callId: string): WrapUp | null {
  const found = parsed(draftKey(user, callId)) as WrapUp | null;
  return typeof found?.note === "string" ? found : null;
}

export function writeDraft(user: string, callId: string, draft: WrapUp): void {
  localStorage.setItem(draftKey(user, callId), JSON.stringify(draft));
}

export interface WaitingList {
  /** The oldest first. */
  list: Waiting[];
  add: (call: Call) => void;
  drop: (callId: string) => void;
}

export function useWaiting(user: string): WaitingList {
  const key = listKey(user);
  const [list, setList] = useState<Waiting[]>(() => {
    dropOld();
    return readList(key);
  });
  useEffect(() => {
    // Another page of this browser has changed it.
    const onStorage = (event: StorageEvent) => {
      if (event.key === key) setList(readList(key));
    };
    window.addEventListener("storage", onStorage);
    return () => window.removeEventListener("storage", onStorage);
  }, [key]);
  const put = useCallback(
    (next: Waiting[]) => {
      writeList(key, next);
      setList(next);
    },
    [key],
  );
  const add = useCallback(
    (call: Call) => {
      const known = readList(key);
      if (known.some((one) => one.call_id === call.call_id)) return;
      put([...known, { call_id: call.call_id, number: masked(call.number), since: call.since, kept_at: Date.now() }]);
    },
    [key, put],
  );
  const drop = useCallback(
    (callId: string) => {
      put(readList(key).filter((one) => one.call_id !== callId));
      localStorage.removeItem(draftKey(user, callId));
    },
    [key, put, user],
  );
  return { list, add, drop };
}
