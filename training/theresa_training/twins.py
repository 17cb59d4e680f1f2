"""Cost twins: the demo model widened to the dimensions of a stock Whisper, with the same output.

The cost of a model depends on the sizes of its matrices and on the number of tokens it writes, not on its weights. A
twin replaces stock weights where they are not available: it has the width, heads, layers and vocabulary of a stock
Whisper and the output of the demo model, so every search has a realistic length.

``widening`` explains how the output is preserved. The vocabulary is padded with unused words between the model's own
words and the special tokens, which stay in Whisper's order.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer

from theresa_training.ct2_files import read_variables, write_whisper
from theresa_training.widening import SIZES, TwinError, Widening


def make_twin(source: Path, target: Path, like: str) -> None:
    """Write the twin of a model directory to the directory ``target``.

    Args:
        source: Directory of the model.
        target: Directory to write.
        like: Name of the stock Whisper, a key of ``SIZES``.

    Raises:
        TwinError: when the model cannot be widened to that size, or is not a CTranslate2 model.
        FileNotFoundError: when a file of the model is missing.
    """
    size = SIZES[like]
    try:
        variables = read_variables(source / "model.bin")
    except ValueError as error:
        raise TwinError(str(error)) from None
    tokenizer, ids = _padded(source / "tokenizer.json", size.vocabulary)
    config = json.loads((source / "config.json").read_bytes())
    for name in ("suppress_ids", "suppress_ids_begin", "lang_ids"):
        config[name] = [ids[token] for token in config[name]]
    target.mkdir(parents=True, exist_ok=True)
    tokens = [str(tokenizer.id_to_token(number)) for number in range(size.vocabulary)]
    write_whisper(target, Widening(variables, size).widened(ids), size.heads, tokens, config)
    tokenizer.save(str(target / "tokenizer.json"))
    preprocessor = json.loads((source / "preprocessor_config.json").read_bytes())
    _write(target / "preprocessor_config.json", preprocessor | {"feature_size": size.mels})
    facts = json.loads((source / "theresa.json").read_bytes())
    about = f"Cost twin: output of the model {facts['name']} at the cost of Whisper {like}."
    _write(target / "theresa.json", facts | {"name": f"{facts['name']}-like-{like}", "description": about})


def _padded(tokenizer: Path, size: int) -> tuple[Tokenizer, list[int]]:
    """Return the tokenizer padded to ``size`` tokens, and the new id of each old token."""
    content = json.loads(tokenizer.read_bytes())
    words: dict[str, int] = content["model"]["vocab"]
    first = words.pop("")  # after the words, before the special tokens
    fillers = size - first - 1 - len(content["added_tokens"])
    if fillers < 0 or len(words) != first:
        raise TwinError(f"The vocabulary in {str(tokenizer)!r} cannot be padded to {size} tokens.")
    words |= {f"~filler {number}": first + number for number in range(fillers)}
    words[""] = first + fillers
    for token in content["added_tokens"]:
        token["id"] += fillers
    return Tokenizer.from_str(json.dumps(content)), [*range(first), *range(first + fillers, size)]


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
