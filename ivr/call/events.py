"""The vocabulary of what can happen in a call. One list of these per call is the debug log, the live feed of the agent
desk, the stored transcript and the input of the replay tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Kinds of event. Stored by value: never rename one, only add."""

    CALL_STARTED = "call_started"
    """data: number, name, band, language"""
    MEDIA_OPENED = "media_opened"
    MEDIA_CLOSED = "media_closed"
    """data: reason"""
    PROMPT_STARTED = "prompt_started"
    """data: prompt, text"""
    PROMPT_ENDED = "prompt_ended"
    """data: prompt, heard_s, interrupted (true when the caller spoke or pressed a key over it)"""
    LISTENING = "listening"
    """data: expect, silence_s"""
    SPEECH_STARTED = "speech_started"
    """data: barge_in"""
    UTTERANCE = "utterance"
    """data: text, confidence, duration_s, recogniser_s, silence_s (after the last word); repaired and likeness where
    words were repaired by sound; where two recognisers heard it, recogniser (whose words the text is) and beside (text,
    confidence: what the other one heard); ignored (true: the sound of listening, or a cough, over a prompt that went
    on)"""
    KEY = "key"
    """data: digits (masked while private numbers are entered)"""
    SILENCE = "silence"
    UNDERSTOOD = "understood"
    """data: intent, confidence, accepted, slots"""
    TURN = "turn"
    """data: event, said, then: one step of the dialogue, from which a call is played again (`flows.record`)"""
    TURN_TAKEN_BACK = "turn_taken_back"
    """The caller went on speaking: the turn before is undone, and the next utterance holds all of what they said."""
    OFFICE_ASKED = "office_asked"
    """data: office, operation"""
    OFFICE_ANSWERED = "office_answered"
    """data: office, operation, code (ok or the refusal), seconds, late (true when the caller had left the dialogue)"""
    WISHES = "wishes"
    """data: waiting (intents that were said in one breath with another, in order), begun (the one that was taken up
    last): what is kept has changed"""
    FLAGGED = "flagged"
    """data: sign (emergency, scam), reasons (codes), in_words, words"""
    TRANSFER = "transfer"
    """data: to, reason, band, summary"""
    LANGUAGE = "language"
    """data: language (in which the call goes on from here)"""
    ERROR = "error"
    """data: code, message"""
    HUMAN_WANTED = "human_wanted"
    """data: why (key 0, no program, guardian, the app), band, language"""
    QUEUED = "queued"
    """data: band"""
    AGENT_ANSWERED = "agent_answered"
    """data: seat, waited_s, interpreter (language, when the seat does not speak it)"""
    RECORDING_PAUSED = "recording_paused"
    """data: by (user; keys: the caller pressed some; words: somebody asked for a private number), seconds (after which
    it goes on by itself)"""
    RECORDING_RESUMED = "recording_resumed"
    """data: by (user; yinling: the time was over)"""
    TALK = "talk"
    """What was said with a person. data: side (agent, caller), text, confidence, duration_s, late_s (from its end to
    the words), words, asks (private: a number that is not recorded); left_out (true: there was no time for it)"""
    SEAT_LOST = "seat_lost"
    """data: cause (Q.850; empty: Asterisk told none): the seat's leg ended without a goodbye, and the caller is in
    front of the queue"""
    CALLBACK_OWED = "callback_owed"
    """data: number, since (second at which a person was wanted), language, band"""
    MESSAGE_LEFT = "message_left"
    """data: file, duration_s"""
    CALLBACK_TRIED = "callback_tried"
    """data: status (ANSWER, NOANSWER, BUSY … as Asterisk names them; NOAGENT: no person took it;
    NODUTY: the person on duty did not answer), seat"""
    TRANSFERRED = "transferred"
    """data: target, number: to a target of the fixed table"""
    TRANSFER_FAILED = "transfer_failed"
    """data: target, status; the caller is back in the queue"""
    INTERPRETER = "interpreter"
    """data: number (none: nobody could be reached)"""
    CLOSED = "closed"
    """data: why, band: a person was wanted outside opening hours"""
    DUTY_CALLED = "duty_called"
    """data: number"""
    WAIT_TOLD = "wait_told"
    """data: minutes"""
    RETURNED = "returned"
    """data: flow, again (the slot that is asked for anew): a person sent the caller back to the dialogue"""
    TAUGHT = "taught"
    """data: language, phrases (names, in order): what a native speaker recorded in this call; the sound is elsewhere"""
    RATING_ASKED = "rating_asked"
    RATED = "rated"
    """data: score (satisfied, fair, unsatisfied), by (key, voice), heard (the words, when it was said)"""
    CALL_ENDED = "call_ended"
    """data: outcome"""


class Outcome(StrEnum):
    """How a call ended for the caller. Every call has exactly one."""

    DONE = "done"
    NOTHING = "nothing"
    """The caller said goodbye before anything was done: nothing new is owed, and what was owed before still is."""
    PERSON = "person"
    CALLBACK_OWED = "callback_owed"
    MESSAGE_LEFT = "message_left"
    ABANDONED = "abandoned"
    """The caller hung up first, before anything was done: a call-back is owed where the number is known."""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One thing that happened in one call."""

    call_id: str
    """Asterisk's Linkedid of the caller's leg."""
    at: datetime
    """UTC."""
    kind: Kind
    data: Mapping[str, Any] = field(default_factory=dict)
