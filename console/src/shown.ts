/** The call that the desk shows, as the live feed tells of it. */

import type { Message } from "./live";
import type { Call, Colleague, Line, Story } from "./types";

export interface Shown {
  call: Call;
  story: Story;
  ended: boolean;
}

function withLine(story: Story, line: Line): Story {
  if (story.lines.some((known) => known.id === line.id)) return story;
  const slots = line.kind === "understood" ? { ...story.slots, ...(line.data.slots as Record<string, unknown>) } : story.slots;
  const sign = line.kind === "flagged" ? (line.data.sign === "scam" ? "fraud" : String(line.data.sign)) : "";
  const known = sign === "" || story.flags.some((flag) => flag.flag === sign);
  const words = Array.isArray(line.data.in_words) ? line.data.in_words.join("，") : "";
  const flags = known ? story.flags : [...story.flags, { flag: sign, reason: words }];
  const kept = line.kind === "wishes";
  const wishes = kept && Array.isArray(line.data.waiting) ? line.data.waiting.map(String) : story.wishes;
  const intent = kept && line.data.begun ? String(line.data.begun) : story.intent;
  return { ...story, lines: [...story.lines, line], slots, flags, wishes, intent };
}

function changed(now: Shown, what: string, call: Call): Shown | null {
  if (what === "stopped" || what === "unanswered") return null;
  if (what === "ended" && now.call.state === "ringing") return null;
  return { ...now, call: what === "ended" ? now.call : call, ended: ["ended", "seat_gone"].includes(what) };
}

/** What is shown after that message. */
export function followed(now: Shown | null, message: Message): Shown | null {
  if (message.type === "story") return { call: message.call as Call, story: message.story as Story, ended: false };
  if (!now) return null;
  if (message.type === "no_call") return { ...now, ended: true };
  const told = message.type === "call" ? (message.call as Call) : null;
  if (now.call.call_id !== (told?.call_id ?? message.call_id)) return now;
  if (told) return changed(now, String(message.what), told);
  if (message.type === "consult_over") return now.call.state === "consulted" ? { ...now, ended: true } : now;
  if (message.type === "wrapped_up") return now.ended ? null : now;
  if (message.type === "colleagues") return { ...now, story: { ...now.story, colleagues: message.colleagues as Colleague[] } };
  if (message.type === "line") return { ...now, story: withLine(now.story, message.line as Line) };
  return now;
}

/** The call in which this agent talks, when the message is of one: its wrap-up is owed from then on. */
export function talkOf(message: Message): Call | null {
  if (message.type !== "story" && message.type !== "call") return null;
  const call = message.call as Call;
  return call.state === "talking" && message.what !== "ended" ? call : null;
}
