"""Whether a post's hashtags are ones: written as the place takes them, and made of what the facts carry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .claims import Check, Finding, review
from .platforms import Platform
from .products import Language

# More than this no place takes (Instagram 30), or nobody reads.
_MOST: dict[Platform | None, int] = {"instagram": 30, "x": 10, "weibo": 10, "xiaohongshu": 10, None: 30}
_CHECKS: frozenset[Check] = frozenset(
    {"numbers", "names", "features", "promises", "words", "forbidden", "language", "personal_data"}
)
# From a # to the next space; what belongs to the tag is told in a second step.
_ANY = re.compile(r"[#＃]+[^\s#＃]*#?|[#＃]")
_WELL_FORMED = re.compile(r"[#＃](?P<word>[\w·]*[^\W\d_][\w·]*)(?P<close>#?)[.,!?。，！？、…]*$")
_WORD_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z\d])|(?<=\d)(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")


def hashtag_findings(
    text: str,
    facts: Sequence[str],
    *,
    language: Language,
    names: Sequence[str] = (),
    platform: Platform | None = None,
) -> list[Finding]:
    """What is wrong with the hashtags of a text; empty if nothing is, or if it has none.

    A hashtag is letters and digits, not digits alone, after one #, and on Weibo before another; it stands
    there once; its words are the facts' and say nothing that copy may not say.

    Args:
        facts: as for `claims.review`.
        names: likewise.
        platform: where the post will stand; None if that is not known.
    """
    own = ["".join(re.findall(r"\w+", said.lower())) for said in (*names, *facts)]
    findings: list[Finding] = []
    seen: set[str] = set()
    tags = [match[0] for match in _ANY.finditer(text)]
    for tag in tags:
        found = _WELL_FORMED.fullmatch(tag)
        if found is None:
            findings.append(Finding("hashtags", tag, "not a hashtag: one #, then letters and digits"))
            continue
        word = found["word"]
        if platform == "weibo" and not found["close"]:
            findings.append(Finding("hashtags", tag, "on Weibo a hashtag ends with # as well"))
        if platform not in (None, "weibo") and found["close"]:
            findings.append(Finding("hashtags", tag, "only Weibo ends a hashtag with #"))
        if word.lower() in seen:
            findings.append(Finding("hashtags", tag, "stands there already"))
        seen.add(word.lower())
        if any(word.lower() in said for said in own):
            continue
        said = _WORD_BORDER.sub(" ", word)
        for finding in review(said, facts, language=language, names=names, checks=_CHECKS).findings:
            findings.append(Finding("hashtags", tag, finding.message))
            break
    if len(tags) > _MOST[platform]:
        findings.append(Finding("hashtags", tags[-1], f"{len(tags)} hashtags, {_MOST[platform]} allowed"))
    return findings
