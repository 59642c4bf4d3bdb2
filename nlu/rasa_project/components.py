"""Rasa components of our own: one token for each spoken character, and features of how they sound.

Run by Rasa's Python 3.10, beside `nlu/text.py`, `nlu/features.py` and `nlu/pinyin.py`, so that both engines see an
utterance in the same way: simplified, without punctuation, without the fillers that it begins with."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.features import seen
from nlu.pinyin import parts
from nlu.text import normalise


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class CharacterTokenizer(Tokenizer):
    """Every letter, digit and Chinese character is a token; works for each script without a dictionary."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What Rasa's tokenizers must have."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003 - Rasa's signature
        resource: Resource,  # noqa: ARG003 - Rasa's signature
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa's signature
    ) -> CharacterTokenizer:
        """As Rasa makes its components."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The spoken characters at their places in the original text."""
        text = message.get(attribute)
        plain = normalise(text)
        places = parts(plain)[0]
        kept = places[len(places) - len(seen(text, {}).text) :]
        tokens = [Token(plain[at], at) for at in kept]
        return tokens or [Token(text, 0)]  # Rasa wants one at least


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class PinyinFeaturizer(CountVectorsFeaturizer):
    """Counts runs of toneless syllables, so that a homophone that the recogniser wrote changes nothing."""

    def _get_processed_message_tokens_by_attribute(self, message: Message, attribute: str = TEXT) -> list[str]:
        """The sounds in the place of the tokens; intents and the like as they are."""
        tokens: list[str] = super()._get_processed_message_tokens_by_attribute(message, attribute)
        if attribute != TEXT or not tokens:
            return tokens
        sounds = parts("".join(tokens))[1]
        return list(sounds) if len(sounds) == len(tokens) else tokens
