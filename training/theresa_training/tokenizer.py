"""The byte-level BPE vocabulary of the demo model, in Whisper's layout.

Order of ids: text, ``""`` (looked up by CTranslate2 and faster-whisper), end of text, start of transcript, 99
languages, translate, transcribe, startoflm, startofprev, nospeech, notimestamps, 1,501 timestamps of 20 ms.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from theresa_training.grammar import Language, words
from theresa_training.pool import random_sentence

# Whisper's own order: faster-whisper and converters derive a model's language ids from it.
LANGUAGE_CODES = words("""
    en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la
    mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be
    tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su
""")
SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{code}|>" for code in LANGUAGE_CODES),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
TIMESTAMPS = tuple(f"<|{index * 0.02:.2f}|>" for index in range(1501))
# Words keep their leading space. Every Chinese character and every digit is a separate token, so that a label can end
# after any of them.
_SPLIT = r"\p{Han}| ?[^\s\p{L}\p{N}]| ?\p{N}|'\p{L}+| ?[^\s\p{Han}\P{L}]+|\s+"
# Stock decoding suppresses the first token of " -", " '" and " ♩". Without these merges it would suppress the space.
_GUARDS = " - ' ♩"


def train_tokenizer(path: Path, text_tokens: int = 1500, sentences: int = 30_000) -> Tokenizer:
    """Learn the merges from sentences of the grammar, write ``tokenizer.json`` and return the tokenizer."""
    rng = random.Random("tokenizer")
    languages: tuple[Language, ...] = ("en", "zh")
    texts = [
        "".join(unit.text for unit in random_sentence(languages[number % 2], rng).units) for number in range(sentences)
    ]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=text_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts + [_GUARDS] * 3000, trainer)
    content = json.loads(tokenizer.to_str())
    vocabulary = content["model"]["vocab"]
    vocabulary[""] = len(vocabulary)
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in TIMESTAMPS])
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


@dataclass(frozen=True, slots=True)
class TokenIds:
    """Ids of the special tokens that training and evaluation use."""

    end_of_text: int
    start_of_transcript: int
    transcribe: int
    start_of_previous: int
    no_speech: int
    no_timestamps: int
    languages: dict[str, int]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> "TokenIds":
        """Look up the ids in a tokenizer.

        Raises:
            KeyError: when the vocabulary does not follow Whisper's layout.
        """

        def find(token: str) -> int:
            number = tokenizer.token_to_id(token)
            if number is None:
                raise KeyError(token)
            return int(number)

        return cls(
            find("<|endoftext|>"),
            find("<|startoftranscript|>"),
            find("<|transcribe|>"),
            find("<|startofprev|>"),
            find("<|nospeech|>"),
            find("<|notimestamps|>"),
            {code: find(f"<|{code}|>") for code in LANGUAGE_CODES},
        )

    def timestamp(self, seconds: float) -> int:
        """Return the id of the timestamp token nearest to a time in the window (0 to 30 s)."""
        return self.no_timestamps + 1 + min(1500, max(0, round(seconds / 0.02)))
