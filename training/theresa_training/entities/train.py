"""Training of a tiny bilingual entity model with HanLP, on an encoder trained from scratch."""

import json
import random
import shutil
import string
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import BertWordPieceTokenizer

from theresa_training.entities import lists_en, lists_zh
from theresa_training.entities.corpus import LabelledSentence, as_transcribed, sentence, tags
from theresa_training.entities.listed import common_characters
from theresa_training.entities.values_en import MONTHS, NUMBER_WORDS, WEEKDAYS
from theresa_training.grammar import words

FILES = ("config.json", "model.pt", "vocabs.json")
DECLARATION = {
    "name": "demo",
    "description": "names, places, dates and amounts in the sentences of the demo speech model; not for real use",
    "languages": ["en", "zh"],
    "tokens": "mixed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The size of the model and of its training."""

    sentences: int = 150_000
    epochs: int = 2
    hidden: int = 160
    layers: int = 3
    seed: int = 1


def draw(rng: random.Random, count: int, *, unseen: bool = False) -> list[LabelledSentence]:
    """Return training sentences, without those in which a number merges with its neighbour."""
    drawn: list[LabelledSentence] = []
    while len(drawn) < count:
        labelled = as_transcribed(sentence(rng, unseen=unseen), rng)
        try:
            tags(labelled)
        except ValueError:
            continue
        drawn.append(labelled)
    return drawn


def write_tsv(path: Path, sentences: list[LabelledSentence]) -> None:
    """Write sentences in HanLP's format: one token and its tag per line, an empty line after each sentence."""
    blocks = ("".join(f"{token}\t{tag}\n" for token, tag in tags(labelled)) for labelled in sentences)
    path.write_text("\n".join(blocks), encoding="utf-8")


def vocabulary(seed: int = 1, sentences: int = 30_000) -> list[str]:
    """Return the tokens of the encoder: characters, letters (initial or not), and ordinary words.

    Names are spelled and ordinary words are not. New names then resemble those in training, and the encoder does not
    have to learn to read everyday words.
    """
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    marks = [*"，。！？、；：“”‘’（）《》—…·％￥€£", *string.punctuation]
    letters = [*string.ascii_letters, *string.digits, *"éèêáàâãäåçñóòôöõøúüùíìîïšžčćłńśÉÁÅÖÜÄØŠŽÇ"]
    chinese = Counter(char for char in "".join(common_characters()))
    chinese.update(char for given in (lists_zh.GIVEN, lists_zh.SURNAMES) for name in given for char in name)
    seen: Counter[str] = Counter()
    rng = random.Random(seed)
    for labelled in draw(rng, sentences):
        seen.update(token for token, tag in tags(labelled) if tag == "O")
    ordinary = sorted(word for word, count in seen.items() if count >= 3 and word.isascii() and word.isalpha())
    chinese.update(char for char, count in seen.items() if count >= 3 and "\u4e00" <= char <= "\u9fff")
    parts = [part for text in (*lists_en.COMPANY_ENDS, *lists_en.COMPANY_PARTS, *lists_en.ROADS, *MONTHS, *WEEKDAYS)
             for part in (text, text.lower())]  # fmt: skip
    counts = words(
        "million billion thousand dollars euros pounds yuan percent clock half quarter past noon midnight am pm next "
        "last"
    )
    pieces = [*special, *sorted(chinese), *marks, *letters, *(f"##{letter}" for letter in letters), *ordinary, *parts]
    return list(dict.fromkeys([*pieces, *counts, *NUMBER_WORDS]))


def make_encoder(folder: Path, recipe: Recipe) -> None:
    """Write an untrained encoder and its tokenizer in transformers' format."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    known = vocabulary()
    (folder / "vocab.txt").write_text("\n".join(known) + "\n", encoding="utf-8")
    BertWordPieceTokenizer(vocab=str(folder / "vocab.txt"), lowercase=False, strip_accents=False).save(
        str(folder / "tokenizer.json")
    )
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "BertTokenizer",
                "do_lower_case": False,
                "model_max_length": 512,
                "unk_token": "[UNK]",
                "sep_token": "[SEP]",
                "pad_token": "[PAD]",
                "cls_token": "[CLS]",
                "mask_token": "[MASK]",
            }
        ),
        encoding="utf-8",
    )
    config = BertConfig(
        vocab_size=len(known),
        hidden_size=recipe.hidden,
        num_hidden_layers=recipe.layers,
        num_attention_heads=4,
        intermediate_size=recipe.hidden * 2,
        max_position_embeddings=512,
    )
    BertModel(config).save_pretrained(folder)


def train(work: Path, recipe: Recipe) -> Path:
    """Generate the data, train the model in a folder, and return the directory that HanLP saved.

    HanLP shows its progress on standard error.
    """
    _restore_adamw()
    from hanlp.components.ner.transformer_ner import TransformerNamedEntityRecognizer

    work.mkdir(parents=True, exist_ok=True)
    rng = random.Random(recipe.seed)
    write_tsv(work / "train.tsv", draw(rng, recipe.sentences))
    write_tsv(work / "dev.tsv", draw(rng, max(100, recipe.sentences // 80), unseen=True))
    encoder, saved = work / "encoder", work / "saved"
    make_encoder(encoder, recipe)
    shutil.rmtree(saved, ignore_errors=True)
    TransformerNamedEntityRecognizer().fit(
        str(work / "train.tsv"),
        str(work / "dev.tsv"),
        str(saved),
        transformer=str(encoder),
        delimiter_in_entity="",
        average_subwords=True,
        word_dropout=0.1,
        lr=2e-3,
        transformer_lr=1e-3,
        batch_size=32,
        epochs=recipe.epochs,
        crf=True,
        reduction="mean",
        warmup_steps=0.1,
        eval_trn=False,
        devices=-1,
        seed=recipe.seed,
    )
    return saved


def export(saved: Path, encoder: Path, output: Path) -> None:
    """Write the directory to ship, with float16 weights and without local paths."""
    output.mkdir(parents=True, exist_ok=True)
    config = json.loads((saved / "config.json").read_text(encoding="utf-8"))
    for key in ("create_time", "trn", "dev", "save_dir", "logger"):
        config.pop(key, None)
    config["transformer"] = "transformer"
    (output / "config.json").write_text(json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(saved / "vocabs.json", output / "vocabs.json")
    state = torch.load(saved / "model.pt", map_location="cpu", weights_only=True)
    torch.save({name: _halved(tensor) for name, tensor in state.items()}, output / "model.pt")
    keep = shutil.ignore_patterns("*.safetensors", "*.bin")
    shutil.copytree(encoder, output / "transformer", ignore=keep, dirs_exist_ok=True)
    (output / "theresa.json").write_text(json.dumps(DECLARATION, indent=2) + "\n", encoding="utf-8")


def _halved(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _restore_adamw() -> None:
    """Restore the optimiser that HanLP imports and transformers 5 has removed."""
    from transformers import optimization

    if hasattr(optimization, "AdamW"):
        return

    class AdamW(torch.optim.AdamW):
        def __init__(self, params: object, correct_bias: bool = True, **options: object) -> None:
            options.pop("no_deprecation_warning", None)
            super().__init__(params, **options)  # type: ignore[arg-type]

    optimization.AdamW = AdamW  # type: ignore[attr-defined]
