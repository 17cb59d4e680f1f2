"""A tiny multi-task HanLP model, made by HanLP's own training: ``python -m tests.multitask DIRECTORY``.

It memorizes the words, names and semantic roles (PropBank's) of three sentences, in the format that HanLP documents for
its published multi-task models. Training takes seconds.
"""

import json
import logging
import shutil
import string
import sys
from pathlib import Path
from typing import Any, NamedTuple


class Sentence(NamedTuple):
    """Space-separated words, names by word offsets, and roles as ``(predicate, first, last, role)``."""

    words: str
    names: tuple[tuple[int, int, str], ...]
    roles: tuple[tuple[int, int, int, str], ...]


SENTENCES = (
    Sentence("我 爱 中国", ((2, 3, "LOCATION"),), ((1, 0, 0, "ARG0"), (1, 2, 2, "ARG1"))),
    Sentence(
        "米哈游 成立 于 2011年 , 致力于 为 用户 提供 美好 的 、 超出 预期 的 产品 与 内容 。",
        ((0, 1, "ORGANIZATION"), (3, 4, "DATE")),
        (
            (1, 0, 0, "ARG1"),
            (1, 2, 3, "ARGM-TMP"),
            (5, 0, 0, "ARG0"),
            (5, 6, 17, "ARG1"),
            (8, 0, 0, "ARG0"),
            (8, 6, 7, "ARG2"),
            (8, 9, 17, "ARG1"),
        ),
    ),
    Sentence(
        "Alice loves London .",
        ((0, 1, "PERSON"), (2, 3, "LOCATION")),
        ((1, 0, 0, "ARG0"), (1, 2, 2, "ARG1")),
    ),
)

EPOCHS = 60


def make(directory: Path) -> None:
    """Train the model and write it, with its encoder, to a new directory."""
    from hanlp.common.dataset import SortingSamplerBuilder
    from hanlp.components.mtl.multi_task_learning import MultiTaskLearning
    from hanlp.components.mtl.tasks.ner.tag_ner import TaggingNamedEntityRecognition
    from hanlp.components.mtl.tasks.srl.bio_srl import SpanBIOSemanticRoleLabeling
    from hanlp.components.mtl.tasks.tok.tag_tok import TaggingTokenization
    from hanlp.layers.embeddings.contextual_word_embedding import ContextualWordEmbedding

    _patch_transformers()
    work = directory.with_suffix(".work")
    encoder = work / "transformer"
    encoder.mkdir(parents=True)
    _write_data(work)
    _write_encoder(encoder)

    def task_options(name: str, **options: Any) -> dict[str, Any]:
        file = str(work / name)
        sampler = SortingSamplerBuilder(batch_size=4)
        return {"trn": file, "dev": file, "tst": file, "sampler_builder": sampler, "lr": 5e-3, **options}

    tasks = {
        "tok/fine": TaggingTokenization(**task_options("tok.txt")),
        "ner/msra": TaggingNamedEntityRecognition(**task_options("ner.tsv", dependencies="tok")),
        "srl": SpanBIOSemanticRoleLabeling(
            **task_options("srl.jsonlines", dependencies="tok", n_mlp_rel=32, mlp_dropout=0, doc_level_offset=False)
        ),
    }
    MultiTaskLearning().fit(
        ContextualWordEmbedding("token", str(encoder), average_subwords=True, max_sequence_length=256),
        tasks,
        str(directory),
        epochs=EPOCHS,
        lr=5e-3,
        encoder_lr=5e-3,
        eval_trn=False,
        devices=-1,
        seed=1,
        logger=logging.getLogger("multitask"),
    )
    shutil.copytree(encoder, directory / "transformer", ignore=shutil.ignore_patterns("*.safetensors"))


def _patch_transformers() -> None:
    """Add the optimiser that HanLP 2.1.5 needs and transformers 5 has removed."""
    import torch
    import transformers.optimization as optimization

    class AdamW(torch.optim.AdamW):
        pass

    torch.set_num_threads(1)
    if not hasattr(optimization, "AdamW"):
        setattr(optimization, "AdamW", AdamW)  # noqa: B010 - type checkers do not know this attribute


def _write_data(work: Path) -> None:
    _write(work / "tok.txt", "".join(f"{sentence.words}\n" for sentence in SENTENCES))
    tagged = ["".join(f"{word}\t{tag}\n" for word, tag in _tagged(sentence)) for sentence in SENTENCES]
    _write(work / "ner.tsv", "\n".join(tagged))
    document = {
        "sentences": [sentence.words.split() for sentence in SENTENCES],
        "srl": [sentence.roles for sentence in SENTENCES],
    }
    _write(work / "srl.jsonlines", json.dumps(document) + "\n")


def _tagged(sentence: Sentence) -> list[tuple[str, str]]:
    names = {begin: label for begin, _, label in sentence.names}  # each name is one word
    return [(word, f"S-{names[at]}" if at in names else "O") for at, word in enumerate(sentence.words.split())]


def _write_encoder(encoder: Path) -> None:
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel

    known = {*string.ascii_letters, *string.digits, *"".join(sentence.words for sentence in SENTENCES)} - {" "}
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(known), *sorted(f"##{char}" for char in known)]
    _write(encoder / "vocab.txt", "".join(f"{piece}\n" for piece in pieces))
    tokenizer = BertWordPieceTokenizer(vocab=str(encoder / "vocab.txt"), lowercase=False, strip_accents=False)
    tokenizer.save(str(encoder / "tokenizer.json"))
    _write(encoder / "tokenizer_config.json", json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": False}))
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=48,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=96,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(encoder)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
