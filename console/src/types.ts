/** What the server tells (ivr/desk). */

export interface Seat {
  user: string;
  name: string;
  seat: string;
  state: string;
  reason: string | null;
  language: string;
  since: string;
}

export interface Me {
  user: string;
  name: string;
  role: string;
  rights: string[];
  languages: string[];
  offered: string[];
  csrf: string;
  seat: Seat | null;
  reasons: string[];
  service_number: string;
  now?: number;
}

export interface Call {
  call_id: string;
  state: string;
  since: number;
  waiting_since: number | null;
  number: string | null;
  name: string | null;
  band: string;
  language: string;
  why: string | null;
  seat: string | null;
  at?: string;
  consult?: { target: string; stage: string; name?: string; by?: string } | null;
  county?: string;
  /** What is kept of the talk just now: sound, words, or nothing. */
  taping?: string;
}

export interface Line {
  id: number;
  at: string;
  kind: string;
  data: Record<string, unknown>;
  words?: { text: string; sure: boolean }[];
  /** What another recogniser heard instead. */
  beside?: string[];
  /** Of the call that this call-back answers. */
  before?: boolean;
}

export interface Earlier {
  call_id: string;
  started_at: string;
  outcome: string | null;
  subject: string | null;
  ticket: boolean;
}

export interface Ticket {
  number: number;
  kind: string;
  opened_at: string;
  text: string;
  follow_up_on: string | null;
}

export interface Colleague {
  name: string;
  note: string;
  result: string | null;
  subject: string;
  ticket: boolean;
  follow_up_on: string | null;
}

export interface Story {
  colleagues?: Colleague[];
  lines: Line[];
  name: string | null;
  number: string | null;
  slots: Record<string, unknown>;
  intent: string | null;
  wishes?: string[];
  flags: { flag: string; reason: string }[];
  earlier: Earlier[];
  tickets: Ticket[];
  problem?: string;
}

export interface WrapUp {
  result: string;
  subject: string;
  note: string;
  ticket: boolean;
  follow_up_on: string | null;
}

export interface Service {
  wanted: number;
  answered: number;
  share_15: number | null;
  share_30: number | null;
  longest_s: number;
  goal: number;
}

export interface Part extends Service {
  calls: number;
}

export interface WallFacts {
  by_county: Record<string, number>;
  agents_by_state: Record<string, number>;
  offices: { office: string; asked: number; failed: number; last_code: string }[];
  satisfaction: { asked: number; rated: number; satisfied: number; fair: number; unsatisfied: number; share: number | null };
  by_state: Record<string, number>;
  by_language: Record<string, number>;
  waiting: number;
  longest_wait_s: number;
  agents: Seat[];
  calls: Call[];
  hour: Service;
  day: Service;
  owed: number;
  overdue: number;
  by_hour: ({ hour: number; calls: number } & Service)[];
}

export interface Article {
  slug: string;
  title: string;
  body: string;
}
