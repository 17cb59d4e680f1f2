"""Cost twins: the demo model widened to the size of a stock Whisper, saying the same at the cost of the big one.

What a server costs depends on the sizes of a model's matrices and on how many tokens it writes, not on what it has
learnt. So where no stock weights can be had, a twin stands in for them: it has the width, heads, layers and vocabulary
of a stock Whisper, and it writes the text of the demo model, so that every search ends where a real one would.

How a model is widened without changing what it says: see ``widening``. The vocabulary is filled up with words that no
text has, between the model's own and the special tokens, which stay in Whisper's order.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer

from theresa_training.ct2_files import read_variables, write_whisper
from theresa_training.widening import SIZES, TwinError, Widening


def make_twin(source: Path, target: Path, like: str) -> None:
    """Write the twin of a model directory, at the size of the Whisper that ``like`` names, into the directory ``target``.

    Raises:
        TwinError: the model in ``source`` cannot be widened to that size, or is not one of CTranslate2's.
        FileNotFoundError: a file of it is missing.
    """
    size = SIZES[like]
    try:
        variables = read_variables(source / "model.bin")
    except ValueError as error:
        raise TwinError(str(error)) from None
    tokenizer, ids = _filled_up(source / "tokenizer.json", size.vocabulary)
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
    about = f"Cost twin: says what the model {facts['name']} says, and costs what Whisper {like} costs."
    _write(target / "theresa.json", facts | {"name": f"{facts['name']}-like-{like}", "description": about})


def _filled_up(tokenizer: Path, size: int) -> tuple[Tokenizer, list[int]]:
    """The tokenizer with words added, and the new id of each old token."""
    content = json.loads(tokenizer.read_bytes())
    words: dict[str, int] = content["model"]["vocab"]
    first = words.pop("")  # behind the words; the special tokens follow
    fillers = size - first - 1 - len(content["added_tokens"])
    if fillers < 0 or len(words) != first:
        raise TwinError(f"The vocabulary in {str(tokenizer)!r} cannot be filled up to {size} tokens.")
    words |= {f"~filler {number}": first + number for number in range(fillers)}
    words[""] = first + fillers
    for token in content["added_tokens"]:
        token["id"] += fillers
    return Tokenizer.from_str(json.dumps(content)), [*range(first), *range(first + fillers, size)]


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
