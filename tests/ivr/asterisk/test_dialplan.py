"""The dialplan as text: what each way through it must set or ask, whatever else changes. tests/calls runs it."""

from __future__ import annotations

import re
from importlib import resources

TEMPLATES = resources.files("ivr.asterisk").joinpath("templates")


def steps(context: str) -> list[str]:
    """The applications of a context, in order."""
    whole = "\n".join(
        one.read_text(encoding="utf-8")
        for one in sorted(TEMPLATES.iterdir(), key=lambda file: file.name)
        if one.name.startswith("extensions")
    )
    _, _, after = whole.partition(f"\n[{context}]\n")
    assert after, f"no context {context}"
    lines = re.split(r"\n\[", after, maxsplit=1)[0].splitlines()
    return [re.sub(r"^(exten => \w+,1|\s*same => n(\(\w+\))?),", "", line) for line in lines if "=>" in line]


def test_who_asks_for_a_person_anew_waits_from_that_moment_and_not_from_the_first_time() -> None:
    closing = steps("closing")
    asks = closing.index('GotoIf($["${KEY}"="0"]?key0,s,1)')
    assert closing[asks - 1] == 'ExecIf($["${KEY}"="0"]?Set(HOTLINE_WANTED=))'
    bot = steps("desk-bot")
    assert "Set(HOTLINE_WANTED=)" in bot[: bot.index("Goto(hotline,s,bot)")]


def test_nobody_waits_in_a_room_for_a_caller_who_is_elsewhere() -> None:
    person = steps("desk-person")
    asks = person.index('GotoIf($["${AT}"!="desk-hold" & "${AT}"!="desk-room"]?bye)')
    assert person[asks - 1] == "Set(AT=${IMPORT(${DESK_CALLER},CONTEXT)})"
    assert asks < person.index("ConfBridge(${DESK_CALL},desk,desk-person)")


def test_who_takes_over_a_caller_from_a_room_leaves_nobody_in_it() -> None:
    taken = steps("desk-takeover")
    kick = taken.index("ExecIf($[0${CONFBRIDGE_INFO(parties,@call@)} > 0]?ConfKick(@call@,all))")
    told = next(place for place, step in enumerate(taken) if step.startswith("UserEvent(TakenOver,"))
    assert told < kick < taken.index("Bridge(${SHARED(TAKER)})"), "the desk knows it before their legs end"


def test_whoever_leaves_a_talk_is_recorded_no_more_and_a_recording_begins_only_in_one() -> None:
    off = "Gosub(tape,off,1)"
    for left in ("desk-seat", "desk-bot", "desk-ask", "desk-join", "closing", "outside"):
        assert off in steps(left)[:3], left
    again = steps("human")
    assert off in again[again.index("Set(HOTLINE_SEAT_LEG=none)") :][:3]
    room, taken = steps("desk-room"), steps("desk-takeover")
    on = "Gosub(tape,on,1(caller))"
    assert room.index("Gosub(desk-room,on,1(caller))") + 1 == room.index("ConfBridge(@call@,desk,desk-caller)")
    assert taken.index(on) + 1 == taken.index("Bridge(${SHARED(TAKER)})")
    assert "Gosub(tape,on,1(agent))" in steps("at-seat")


def test_nobody_is_recorded_who_was_not_told() -> None:
    assert 'Set(KEEPS=${IF($["${CARRY_RECORD}"="1"]?sound:${KEEPS})})' in steps("tape")
    human = steps("human")
    assert human.index("Set(__CARRY_RECORD=)") < human.index("Set(__CARRY_RECORD=${HOTLINE_TOLD})")


def test_a_caller_is_put_on_hold_without_a_jump() -> None:
    """A leg that is moved (brought back by the agent) in the moment of a Gosub or Goto would stay on hold."""
    hold = steps("desk-hold")
    before = hold[: hold.index("MusicOnHold(held,15)")]
    assert 'ExecIf($["${TAPING}"!=""]?StopMixMonitor())' in before
    assert [step for step in before if re.match("Gosub|Goto|Return", step)] == []
    assert any(step.startswith("UserEvent(DeskCaller,") for step in before)


def test_a_caller_who_is_brought_back_is_moved_until_they_have_come() -> None:
    join = steps("desk-join")
    moves = join.index('ExecIf($["${AT}"="desk-hold"]?ChannelRedirect(${DESK_CALLER},desk-room,s,1))')
    assert join.index("Set(AT=${IMPORT(${DESK_CALLER},CONTEXT)})") < moves < join.index("Goto(look)")
    assert "GotoIf($[${ROUND} > 20]?there)" in join, "and not for ever"


def test_who_is_in_danger_hears_what_to_do_whoever_is_there() -> None:
    closed = steps("closed")
    advised = next(step for step in closed if "m(${ADVICE})" in step)
    plain = next(step for step in closed if step.startswith("Dial(") and step != advised)
    assert advised.replace("m(${ADVICE})", "") == plain, "the same call, but with what to do instead of a ringing tone"
    alone = next(step for step in closed if "closed-${IF(" in step)
    assert closed.index(alone) < next(n for n, step in enumerate(closed) if step.startswith("Read("))
    music = next(n for n, step in enumerate(steps("human")) if step.startswith("Set(CHANNEL(musicclass)="))
    assert music < next(n for n, step in enumerate(steps("human")) if step.startswith("Queue("))


def test_who_is_in_danger_is_not_told_how_long_others_wait() -> None:
    assert steps("estimate")[0].startswith('GotoIf($["${HOTLINE_BAND}"="emergency" |')


def test_a_person_on_duty_who_does_not_answer_is_told_from_nobody_on_duty() -> None:
    duty = steps("callback-duty")
    rung = next(place for place, step in enumerate(duty) if step.startswith("Dial("))
    assert duty[rung + 1 : rung + 4] == [
        'GotoIf($["${DIALSTATUS}"="ANSWER"]?bye)',
        "CELGenUserEvent(CALLBACK_TRIED,${CB_CALL}|NODUTY|)",
        "Hangup(16)",
    ]


def test_a_call_back_in_danger_waits_in_no_empty_queue_when_the_office_closes() -> None:
    place = steps("callback-place")
    waits = next(at for at, step in enumerate(place) if step.startswith("Queue(human,"))
    assert '${IF($["${CB_BAND}"="emergency"]?60:3600)}' in place[waits]
    assert place[waits + 2].endswith("?look)")
    look = place.index('ExecIf($["${CB_BAND}"="emergency"]?Gosub(hours,s,1))')
    assert place[look + 1].endswith("?callback-duty,s,1)")


def test_nobody_is_rung_for_a_caller_who_is_on_hold_no_more() -> None:
    asks = steps("desk-next")
    assert '"${CHANNEL_EXISTS(${DESK_CALLER})}"="0"' in asks[0]
    assert asks[1] == 'GotoIf($["${IMPORT(${DESK_CALLER},CONTEXT)}"!="desk-hold"]?desk-join,s,1)'
    assert next(n for n, step in enumerate(asks) if step.startswith("Goto(desk-consult,")) > 1


def test_a_caller_who_is_on_the_way_into_a_room_that_is_empty_now_does_not_stay_in_it() -> None:
    room, gone = steps("desk-room"), steps("desk-person-gone")
    assert room.index("Set(DESK_IN=)") < room.index("Set(DESK_IN=1)")
    assert room[room.index("Set(DESK_IN=1)") + 1] == "Set(SHARED(DESK_LEFT)=)", "else one who ends in between is missed"
    kick = gone.index("ConfKick(${DESK_CALL},all)")
    assert gone[kick - 1] == "GotoIf($[0${CONFBRIDGE_INFO(parties,${DESK_CALL})} = 0]?coming)"
    moved = 'ExecIf($["${IMPORT(${DESK_CALLER},DESK_IN)}"="1"]?ChannelRedirect(${DESK_CALLER},desk-room,s,note))'
    assert gone[kick + 2] == moved
