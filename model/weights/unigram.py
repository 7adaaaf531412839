"""A SentencePiece Unigram vocabulary as a tokenizer that cuts text as XLM-RoBERTa does."""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

# What SentencePiece's nmt_nfkc rule does beyond NFKC. A NUL parts two words here rather than ending the text.
_DROPPED = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
_SPACE = r"[\x00\t\n\x0c\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
# The wide tilde of Chinese and Japanese ranges keeps its own piece; NFKC would make it the ASCII one.
_WIDE_TILDE, _SET_ASIDE = "\uff5e", "\ue000"


@dataclass(frozen=True)
class Vocabulary:
    """Pieces with their log probabilities, in the order of their ids, and the ids with a part to play."""

    pieces: list[tuple[str, float]]
    start: int
    end: int
    padding: int
    unknown: int


def xlm_roberta(vocabulary: Vocabulary) -> Tokenizer:
    """Reads text in Unicode's NFKC form, words marked by a metaspace, between `<s>` and `</s>`."""
    tokenizer = Tokenizer(models.Unigram(vocabulary.pieces, vocabulary.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED), ""),
            normalizers.Replace(Regex(_SPACE), " "),
            normalizers.Replace(_WIDE_TILDE, _SET_ASIDE),
            normalizers.NFKC(),
            normalizers.Replace(_SET_ASIDE, _WIDE_TILDE),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    special = [vocabulary.start, vocabulary.padding, vocabulary.end, vocabulary.unknown]
    names = [vocabulary.pieces[i][0] for i in special] + ["<mask>"]
    tokenizer.add_special_tokens(names)
    start, end = vocabulary.pieces[vocabulary.start][0], vocabulary.pieces[vocabulary.end][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} {end} $B {end}",
        special_tokens=[(start, vocabulary.start), (end, vocabulary.end)],
    )
    return tokenizer
