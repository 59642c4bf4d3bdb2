"""In which language a call goes on: asked for by name, told by a recogniser, chosen by key."""

from __future__ import annotations

from dataclasses import replace

from flows import hub, repair, run
from flows.actions import GuessLanguage, SetLanguage
from flows.events import Heard
from flows.languages import Opening
from flows.naming import curses
from flows.phrasebook import CRY, in_mandarin
from flows.state import Question
from flows.turn import Turn
from nlu.understand import Understanding


def wanted(turn: Turn, understanding: Understanding) -> bool:
    """“Speak Tibetan.” True when it was acted on."""
    languages, text = turn.machine.languages, understanding.text
    asked = understanding.accepted and understanding.intent == "change_language" and not curses(text)
    language = languages.wanted(text, asked=asked, own=turn.language)
    perhaps = languages.doubtful(text, asked=asked, own=turn.language)
    if language is not None:
        turn.understood(by_key=turn.state.by_key)
        change(turn, language)
    elif (asked or not understanding.accepted) and languages.denied(text, turn.language):
        _not_spoken(turn)
    elif perhaps is not None:
        return f"not:{perhaps}" not in turn.state.flags and _ask(turn, perhaps)
    elif asked and languages.others(turn.language) and turn.prompts.has("main.which_language"):
        turn.understood(by_key=turn.state.by_key)
        hub.which_language(turn)
    elif asked:
        change(turn, "")
    else:
        return False
    return True


def _not_spoken(turn: Turn) -> None:
    """“I do not speak Mandarin”: which languages there are, each in its own words; the second time a person."""
    own = f"not:{turn.language}"
    if own not in turn.state.flags and turn.prompts.has("main.which_language"):
        turn.state.flags.append(own)
        hub.which_language(turn)
    else:
        turn.transfer("asked", prompt="repair.to_person")


def _ask(turn: Turn, language: str) -> bool:
    """Ask whether the call should go on in this language. True when it was asked."""
    if not turn.prompts.has("main.language_sure"):
        return False
    name = turn.machine.languages.packs[language].called(turn.language)
    sure = Question("speaks", "main.language_sure", {"choice": name}, expect=("affirm",), payload=language)
    turn.ask(sure, "full", offer=True)
    return True


def change(turn: Turn, language: str) -> None:
    """Go on in this language where the flows can be held in it, else with a person who speaks it."""
    if language == turn.language:
        turn.confirm_language()
        question = turn.state.question
        if question is not None and question.kind in {"language", "speaks"}:
            _on(turn)
        else:
            repair.ask_again(turn)
        return
    if language in turn.machine.languages.carried:
        turn.state.flags.append("change_language")
        turn.set_language(language)
    else:
        _person(turn, language)


def with_person(turn: Turn, understanding: Understanding) -> None:
    """The same wish while an office is asked: its answer belongs to the flow in the language in which it was asked."""
    _person(turn, turn.machine.languages.wanted(understanding.text, asked=True, own=turn.language) or "")


def to_person(turn: Turn, language: str) -> None:
    """A person is wanted, and perhaps one who speaks another language."""
    if language:
        _person(turn, language)
    else:
        turn.transfer("asked")


def _person(turn: Turn, language: str) -> None:
    turn.state.flags.append("change_language")
    if language:
        turn.state.flags.append(f"language:{language}")
    turn.transfer("asked", prompt="main.language", language=language)


def resume(turn: Turn) -> None:
    """The first words in the new language, and the question that stood, in its words."""
    pack = turn.machine.languages.packs.get(turn.language)
    if turn.prompts.has("main.language_now"):
        turn.say("main.language_now")
    turn.state.question = None
    turn.state.failures = 0
    unheard = turn.language in turn.state.caller.get("unheard", ())
    turn.state.by_key = turn.state.by_key or unheard or (pack is not None and not pack.understands)
    if unheard:
        turn.say("main.by_key", variant="short")
    if any(frame.flow not in turn.machine.flows.flows for frame in turn.state.frames):
        turn.transfer("asked", language=turn.language)
        return
    for frame in turn.state.frames:
        frame.echo.clear()
    _on(turn)


def _on(turn: Turn) -> None:
    if turn.state.frames:
        run.steps(turn)
    elif turn.state.by_key:
        hub.menu(turn)
    elif turn.state.done:
        hub.anything_else(turn)
    else:
        hub.open_question(turn, "short")


def still(turn: Turn, language: str) -> bool:
    """A greeting for a number that asked for a language in which calls cannot be held: whether it is that again.

    Whoever cannot answer that in this language gets a person at once; who can must be able to take it back."""
    languages = turn.machine.languages
    if language == turn.language or language not in languages.packs or not turn.prompts.has("main.language_sure"):
        return False
    turn.speak("main.open", (turn.fixed_pieces("main.open")[:1]))
    turn.speak_in(language, f"language.{language}", languages.own_name(language))
    return _ask(turn, language)


def asked_about(turn: Turn) -> str:
    """The language of which it is being asked whether the call should go on in it; empty where that is not asked."""
    question = turn.state.question
    return str(question.payload) if question is not None and question.kind == "speaks" else ""


def heard(turn: Turn, event: Heard) -> Understanding:
    """What was said, and with it what the caller probably speaks."""
    understanding = event.understanding
    meaning = _in_its_words(turn, understanding)
    if meaning is understanding and (not turn.speaks or meaning.accepted):
        turn.speaks = told(turn, event)
    return meaning


def _in_its_words(turn: Turn, understanding: Understanding) -> Understanding:
    """What was said to the question for a language, as the phrases of that language give it: it is asked in both."""
    pack = turn.machine.languages.packs.get(asked_about(turn))
    found = {meaning for _, meaning in in_mandarin(understanding.text, pack)} if pack is not None else set()
    means = [(CRY, "emergency"), ("找人工", "human_agent"), ("不对", "deny"), ("对", "affirm")]
    text, intent = next((one for one in means if one[0] in found), ("", ""))
    return replace(understanding, text=text, intent=intent, confidence=1.0, accepted=True) if text else understanding


def settled(turn: Turn, asked: str) -> None:
    """After a question for a language: when the call goes on in its own, so does whoever takes over."""
    caller = turn.state.caller
    if asked and turn.state.final is None and not asked_about(turn) and caller["language"] == turn.language:
        declined = asked == caller.get("speaks") and f"not:{asked}" in turn.state.flags
        turn.actions.insert(0, SetLanguage(turn.language) if declined else GuessLanguage(turn.language))


def told(turn: Turn, event: Heard) -> str:
    """The other language in which the first sentence was, as a recogniser tells; empty where it was in none, or in one
    that the caller has declined."""
    question, language = turn.state.question, event.language
    new = language in turn.machine.languages.packs and f"not:{language}" not in turn.state.flags
    first = question is not None and question.kind == "open" and language != turn.language
    return language if new and first else ""


def ask_in_both(turn: Turn, language: str) -> bool:
    """Ask in this language and in the call's whether the call should go on in it. True when it was asked."""
    languages = turn.machine.languages
    if not language or not turn.prompts.has("main.language_sure"):
        return False
    turn.actions.append(GuessLanguage(language))
    opening = languages.openings.get(language, Opening())
    turn.speak_in(language, "main.language_sure", (*opening.question, *opening.keys))
    return _ask(turn, language)
