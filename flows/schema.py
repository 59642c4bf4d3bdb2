"""What a flow file may say. The vocabulary is small on purpose: an administrator can read a flow aloud."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic.json_schema import JsonSchemaValue

from flows.expressions import Expression, parse


class _ExpressionSchema:
    """Shows an expression as a string in the published JSON Schema."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": ["string", "number", "boolean", "null"], "description": "An expression, such as known(date)"}


def _parsed(value: object) -> Expression:
    return value if isinstance(value, Expression) else parse(value)


Expr: TypeAlias = Annotated[Expression, BeforeValidator(_parsed), _ExpressionSchema]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
PromptName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=80)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Slot(_Strict):
    """A value that the flow collects."""

    source: str | None = Field(None, alias="from")
    """Name of the understanding's slot; the slot's own name when left out."""
    accept: list[str] | None = None
    """The only values that are taken; others are as if not said."""
    read: dict[str, str] = Field(default_factory=dict)
    """Other values → the value that they mean here: {noon: pm}."""
    likely: Expr | None = None
    """List of the values that can be meant: of several readings, the others are left out."""
    after: list[str] = Field(default_factory=list)
    """Forgotten when one of these slots changes."""
    when: Expr | None = None
    """Taken only when this is true; the same words may mean something else before."""
    kind: str | None = None
    """How it is spoken; its source's kind when left out."""
    unknown: PromptName | None = None
    """Said when the caller names something that does not exist and no question stands for it: it goes on without."""
    digits: int | None = None
    """A number of exactly this many digits, which may be said or keyed in groups."""


class Option(_Strict):
    """One choice that is known beforehand."""

    value: str
    label: PromptName


class Answer(_Strict):
    """A short answer to a question that the caller may ask in the middle."""

    words: list[str] = Field(min_length=1)
    say: PromptName


class Menu(_Strict):
    """Where the flow stands in the key menu."""

    order: int
    label: PromptName


class Step(_Strict):
    """What every step may have."""

    verb: ClassVar[str] = ""
    step: Name
    when: Expr | None = None
    """The step is passed over unless this is true."""
    next: Name | None = None
    """Where to go afterwards; the following step when left out."""
    put: dict[Name, Expr] = Field(default_factory=dict, alias="set")
    """Values to set after the step (a decision sets them before it decides): name → expression."""
    forget: list[Name] = Field(default_factory=list)
    """Slots and results to forget before the step."""


class Listening(_Strict):
    """Patience of a step that waits for the caller."""

    silence_s: float = Field(6.0, ge=2, le=60)
    pause_s: float | None = Field(None, ge=0.3, le=10)
    barge_in: bool = True


class AskStep(Step, Listening):
    """Ask for a slot; passed over when it is known."""

    verb: ClassVar[str] = "ask"
    ask: Name
    prompt: PromptName
    options: list[Option] = Field(default_factory=list)
    choices: Expr | None = None
    """List of values to offer by key, three at a time."""
    unknown: PromptName | None = None
    """Said when the caller names something that does not exist; the nearest are offered."""
    either: bool = Field(False, alias="any")
    """“都行” takes the first of the options."""
    skip: PromptName | None = None
    """Offered as the only key choice where the answer cannot be keyed; choosing it sets the slot to an empty text."""


class SayStep(Step):
    """Say something. Barge-in can be refused for what must be heard."""

    verb: ClassVar[str] = "say"
    say: PromptName
    each: Expr | None = None
    """Say it once for each item of this list, whose fields the prompt may use."""
    limit: int = Field(3, ge=1, le=5)
    once: bool = False
    """Not again when the flow is gone through again after a correction."""
    keep: bool = False
    """Repeated when the caller asks to hear it again at the end."""
    barge_in: bool = True


class ChooseStep(Step, Listening):
    """Let the caller choose one of a list; passed over when the slot is set."""

    verb: ClassVar[str] = "choose"
    choose: Name
    prompt: PromptName
    options: list[Option] = Field(default_factory=list)
    source: Expr | None = Field(None, alias="from")
    """List of items to offer."""
    label: PromptName | None = None
    """How an item is named; may use its fields."""
    either: bool = Field(False, alias="any")
    """“都行” takes the first."""


class ConfirmStep(Step, Listening):
    """Read back and ask yes or no."""

    verb: ClassVar[str] = "confirm"
    confirm: PromptName
    yes: Name
    no: Name


class DoStep(Step):
    """Ask an office to do something."""

    verb: ClassVar[str] = "do"
    do: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    arguments: dict[str, Expr] = Field(default_factory=dict, alias="with")
    save: Name
    """Name under which the reply is kept."""
    on: dict[str, Name] = Field(default_factory=dict)
    """Refusal code (or `else`) → step. `unavailable` goes to a person unless it is named here."""
    final: bool = False
    """It changes something in the world: corrections end here."""
    slow: PromptName = "office.slow"


class Branch(_Strict):
    """One branch of a decision. The last may have no `if`."""

    condition: Expr | None = Field(None, alias="if")
    go: Name


class DecideStep(Step):
    """Go where the first true branch leads; to the next step when none is."""

    verb: ClassVar[str] = "decide"
    decide: list[Branch] = Field(min_length=1)


class TransferStep(Step):
    """Hand the caller to a person (or call-back, message)."""

    verb: ClassVar[str] = "transfer"
    transfer: str = Field(pattern="^(human|callback|message)$")
    reason: str = Field("policy", pattern="^(asked|misunderstood|silent|office_failed|emergency|policy|error)$")
    say: PromptName | None = None


class CallStep(Step):
    """Go through another flow and come back."""

    verb: ClassVar[str] = "call"
    call: Name
    arguments: dict[Name, Expr] = Field(default_factory=dict, alias="with")
    give: dict[Name, Name] = Field(default_factory=dict)
    """Own name → the other flow's name, copied when it returns."""


class EndStep(Step):
    """The flow is over; the caller is asked whether there is anything else."""

    verb: ClassVar[str] = "end"
    end: str = Field(pattern="^(done|nothing)$")


Verb: TypeAlias = AskStep | SayStep | ChooseStep | ConfirmStep | DoStep | DecideStep | TransferStep | CallStep | EndStep
VERBS = ("ask", "choose", "confirm", "do", "decide", "transfer", "call", "end", "say")
"""In the order in which a step's verb is looked for: `transfer` may have a `say` of its own."""


def verb_of(step: object) -> str | None:
    """The verb of a step as it is written, or None."""
    if isinstance(step, Step):
        return step.verb
    return next((verb for verb in VERBS if verb in step), None) if isinstance(step, dict) else None


AnyStep: TypeAlias = Annotated[
    Annotated[AskStep, Tag("ask")]
    | Annotated[SayStep, Tag("say")]
    | Annotated[ChooseStep, Tag("choose")]
    | Annotated[ConfirmStep, Tag("confirm")]
    | Annotated[DoStep, Tag("do")]
    | Annotated[DecideStep, Tag("decide")]
    | Annotated[TransferStep, Tag("transfer")]
    | Annotated[CallStep, Tag("call")]
    | Annotated[EndStep, Tag("end")],
    Discriminator(verb_of),
]


class Flow(_Strict):
    """One flow file."""

    flow: Name
    title: str = Field(min_length=1, max_length=40)
    intents: list[str] = Field(default_factory=list)
    languages: list[str] = Field(min_length=1)
    menu: Menu | None = None
    slots: dict[Name, Slot] = Field(default_factory=dict)
    given: list[Name] = Field(default_factory=list)
    """Values that a calling flow gives."""
    answers: list[Answer] = Field(default_factory=list)
    steps: list[AnyStep] = Field(min_length=1)

    def answer(self, text: str) -> str | None:
        """The prompt that answers a question which is put in these words, where there is one."""
        return next((one.say for one in self.answers if any(word in text for word in one.words)), None)

    def index(self, step: str) -> int:
        """Position of a step. Raises KeyError."""
        for position, candidate in enumerate(self.steps):
            if candidate.step == step:
                return position
        raise KeyError(step)

    def targets(self, position: int) -> list[str]:
        """Names of the steps that may follow the step at `position`."""
        step = self.steps[position]
        following = [step.next] if step.next else [s.step for s in self.steps[position + 1 : position + 2]]
        if isinstance(step, ConfirmStep):
            passed = following if step.when else []
            return [step.yes, step.no, *passed]
        if isinstance(step, DecideStep):
            closed = step.decide[-1].condition is None and step.when is None
            return [branch.go for branch in step.decide] + ([] if closed else following)
        if isinstance(step, DoStep):
            return [*step.on.values(), *following]
        if isinstance(step, TransferStep | EndStep):
            return following if step.when else []
        return following
