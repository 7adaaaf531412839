"""Two parts: what the encoder says of each token, made small; and reading question and page together."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from .pages import NOTHING, QUESTION

_SETTINGS, _WEIGHTS = "settings.json", "weights.safetensors"


@dataclass(frozen=True)
class Settings:
    """`layers`: of the encoder, counted from 1, whose states are read; `matching`: numbers to compare by."""

    layers: tuple[int, ...] = (4, 8, 12)
    hidden: int = 384
    width: int = 128
    matching: int = 128
    blocks: int = 2
    heads: int = 4
    dropout: float = 0.15


class Encoder(nn.Module):
    """The frozen encoder: token ids in, the states of some of its layers out."""

    def __init__(self, source: str, layers: tuple[int, ...]) -> None:
        """`source`: what transformers loads. Raises OSError if the weights are absent."""
        import transformers

        super().__init__()
        transformers.utils.logging.disable_progress_bar()
        self.layers = layers
        # Without its pooler, which no file of a sentence encoder holds.
        loaded = transformers.AutoModel.from_pretrained(source, dtype=torch.float32, add_pooling_layer=False)
        self.transformer = loaded.eval()

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Both (texts, tokens); gives (texts, tokens, layers, hidden)."""
        output = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
        )
        return torch.stack([output.hidden_states[layer] for layer in self.layers], 2)


class Small(nn.Module):
    """A token's states of several layers as `width` numbers to read and `matching` to compare by."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.zeros(len(settings.layers)))
        self.dropout = nn.Dropout(settings.dropout)
        self.read = nn.Linear(settings.hidden, settings.width)
        self.compare = nn.Linear(settings.hidden, settings.matching, bias=False)
        nn.init.orthogonal_(self.compare.weight)  # so that it begins with nearly the states' own cosines

    def forward(self, states: Tensor) -> Tensor:
        """(..., layers, hidden) to (..., width + matching)."""
        mixed = (states * torch.softmax(self.mix, 0)[:, None]).sum(-2)
        compared = functional.normalize(self.compare(mixed), dim=-1)
        return torch.cat([self.read(self.dropout(mixed)), compared], -1)


class SmallEncoder(nn.Module):
    """The encoder and what makes its states small, in one."""

    def __init__(self, encoder: Encoder, small: Small) -> None:
        super().__init__()
        self.encoder, self.small = encoder, small

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Both (texts, tokens); gives (texts, tokens, width + matching)."""
        made: Tensor = self.small(self.encoder(input_ids, attention_mask))
        return made


class _Block(nn.Module):
    """A Transformer's, normalised before (Xiong et al., 2020, "On Layer Normalization")."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        width = settings.width
        self.heads, self.rate = settings.heads, settings.dropout
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.inner = nn.Sequential(nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, tokens: Tensor, seen: Tensor) -> Tensor:
        """(pages, tokens, width); `seen` (pages, 1, 1, tokens) is False where there is nothing."""
        pages, count, width = tokens.shape
        split = self.attention(self.before(tokens)).view(pages, count, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        rate = self.rate if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value, seen, rate)
        tokens = tokens + self.dropout(self.output(mixed.transpose(1, 2).reshape(pages, count, width)))
        made: Tensor = tokens + self.dropout(self.inner(self.between(tokens)))
        return made


class Reading(nn.Module):
    """How likely each sentence is to answer, against none of them: the logarithm of the odds."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        width = settings.width
        self.width = width
        self.normal = nn.LayerNorm(width)
        self.part = nn.Embedding(NOTHING + 2, width)  # and of the token that stands for "none of them"
        self.match = nn.Linear(1, width)
        self.blocks = nn.ModuleList(_Block(settings) for _ in range(settings.blocks))
        self.sentence = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1)
        )
        self.none = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))

    def forward(self, states: Tensor, parts: Tensor, spans: Tensor) -> Tensor:
        """Of pages.Arrays; gives (pages, sentences). What fills a page up gets a number like any other."""
        read, compared = states[..., : self.width], states[..., self.width :]
        asked, told = parts == QUESTION, (parts != QUESTION) & (parts != NOTHING)
        across = (asked[:, :, None] & told[:, None, :]) | (told[:, :, None] & asked[:, None, :])
        # How near the nearest token of the other side is.
        nearest = (compared @ compared.transpose(1, 2)).masked_fill(~across, -1.0).amax(-1, keepdim=True)
        tokens = self.normal(read) + self.match(nearest) + self.part(parts)
        none = self.part(torch.full_like(parts[:, :1], NOTHING + 1))
        tokens = torch.cat([none, tokens], 1)
        seen = torch.cat([torch.ones_like(parts[:, :1], dtype=torch.bool), parts != NOTHING], 1)
        for block in self.blocks:
            tokens = block(tokens, seen[:, None, None, :])
        sentences = self.sentence(spans @ tokens[:, 1:])[..., 0]
        odds: Tensor = sentences - self.none(tokens[:, 0])
        return odds


class Network(nn.Module):
    """Both parts, as they are trained and kept."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.small, self.reading = Small(settings), Reading(settings)


def save(network: Network, folder: Path) -> None:
    """Write it into a folder, which is made if need be; the weights in float16."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, folder / _WEIGHTS)
    (folder / _SETTINGS).write_text(json.dumps(asdict(network.settings)) + "\n", encoding="utf-8")


def load(folder: Path) -> Network:
    """What `save` wrote, ready to be used. Raises OSError if it is not there."""
    told = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
    network = Network(Settings(**{**told, "layers": tuple(told["layers"])}))
    weights = load_file(folder / _WEIGHTS)
    network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return network.eval()
