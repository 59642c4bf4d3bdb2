"""Tiny models in the formats of sherpa-onnx, made here: they hear whether there is sound, and write 喂 for it.

The loading code, features, decoding and timing are sherpa-onnx's own; only the weights are simple. No real weights of
these families can be had where the tests run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import parser

THRESHOLD = -6.0
"""Between the mean log energy of digital silence (-16) and of sound."""
HEADER = '<ir_version: 8, opset_import: ["" : 13]>'
LOUD = """
    mean = ReduceMean<axes=[2], keepdims=1>(x)
    floor = Constant<value = float {%s}>()
    zero = Constant<value = float {0.0}>()
    none = Mul(mean, zero)
    blank = Add(none, floor)
"""
LOGITS = """
    low = Constant<value = float {-99.0}>()
    other = Add(none, low)
    logits = Concat<axis=2>(blank, other, mean)
"""
"""Scores of blank, a token that never comes, and 喂, for each frame."""
TOKENS = "<blk> 0\n<s> 1\n喂 2\n"


def save(folder: Path, name: str, graph: str, meta: Mapping[str, object] | None = None) -> None:
    """Write one model file."""
    made = parser.parse_model(f"{HEADER}\n{graph}")
    for key, value in (meta or {}).items():
        made.metadata_props.add(key=key, value=str(value))
    onnx.checker.check_model(made)
    folder.mkdir(exist_ok=True)
    onnx.save(made, folder / name)
    (folder / "tokens.txt").write_text(TOKENS, encoding="utf-8")


def zeros(count: int, value: str = "0") -> str:
    """The same number so many times, as metadata has it."""
    return ",".join([value] * count)


def dolphin(folder: Path) -> None:
    """A CTC family with normalised features."""
    graph = f"""g (float[N,T,80] x, int64[N] x_len) => (float[N,T,3] logits, int64[N] len) {{
        {LOUD % THRESHOLD} {LOGITS}
        len = Identity(x_len)
    }}"""
    save(folder, "model.int8.onnx", graph, {"vocab_size": 3, "mean": zeros(80), "invstd": zeros(80, "1")})


def sense_voice(folder: Path) -> None:
    """A CTC family with stacked frames; its first four tokens name language, mood, event and number style."""
    graph = f"""g (float[N,T,560] x, int32[N] x_len, int32[N] language, int32[N] norm)
            => (float[N,S,7] logits) {{
        {LOUD % THRESHOLD}
        low = Constant<value = float {{-99.0}}>()
        other = Add(none, low)
        heard = Concat<axis=2>(blank, other, mean, other, other, other, other)
        tags = Constant<value = float[1,4,7] {{
            0.0,0.0,0.0,9.0,0.0,0.0,0.0, 0.0,0.0,0.0,0.0,9.0,0.0,0.0,
            0.0,0.0,0.0,0.0,0.0,9.0,0.0, 0.0,0.0,0.0,0.0,0.0,0.0,9.0 }}>()
        logits = Concat<axis=1>(tags, heard)
    }}"""
    languages = {f"lang_{name}": n for n, name in enumerate(("auto", "zh", "en", "yue", "ja", "ko"))}
    meta = {"vocab_size": 7, "lfr_window_size": 7, "lfr_window_shift": 6, "normalize_samples": 0}
    meta |= {"with_itn": 14, "without_itn": 15, **languages}
    means = {"neg_mean": zeros(560), "inv_stddev": zeros(560, "1")}
    save(folder, "model.int8.onnx", graph, {**meta, **means, "model_type": "sense_voice_ctc", "comment": ""})
    (folder / "tokens.txt").write_text(
        f"{TOKENS}<|zh|> 3\n<|NEUTRAL|> 4\n<|Speech|> 5\n<|woitn|> 6\n", encoding="utf-8"
    )


def omnilingual(folder: Path) -> None:
    """A CTC family that takes samples, 20 ms a frame."""
    graph = """g (float[N,S] samples) => (float[N,T,3] logits) {
        axis = Constant<value = int64[1] {1}>()
        size = Abs(samples)
        one = Unsqueeze(size, axis)
        frames = AveragePool<kernel_shape=[320], strides=[320]>(one)
        mean = Transpose<perm=[0,2,1]>(frames)
        zero = Constant<value = float {0.0}>()
        none = Mul(mean, zero)
        floor = Constant<value = float {0.3}>()
        blank = Add(none, floor)
        low = Constant<value = float {-99.0}>()
        other = Add(none, low)
        logits = Concat<axis=2>(blank, other, mean)
    }"""
    save(folder, "model.int8.onnx", graph)


def transducer(folder: Path) -> None:
    """A streaming transducer: one frame for every 40 ms."""
    encoder = """g (float[N,9,80] x, float[1,N,2] h, float[1,N,2] c)
            => (float[N,1,1] encoder_out, float[1,N,2] next_h, float[1,N,2] next_c) {
        encoder_out = ReduceMean<axes=[1,2], keepdims=1>(x)
        next_h = Identity(h)
        next_c = Identity(c)
    }"""
    meta = {"model_type": "lstm", "num_encoder_layers": 1, "T": 9, "decode_chunk_len": 4}
    save(folder, "encoder.onnx", encoder, {**meta, "rnn_hidden_size": 2, "d_model": 2})
    decoder = """g (int64[N,2] y) => (float[N,1] decoder_out) {
        seen = Cast<to=1>(y)
        zero = Constant<value = float {0.0}>()
        sum = ReduceMean<axes=[1], keepdims=1>(seen)
        decoder_out = Mul(sum, zero)
    }"""
    save(folder, "decoder.onnx", decoder, {"vocab_size": 3, "context_size": 2})
    joiner = """g (float[N,1] encoder_out, float[N,1] decoder_out) => (float[N,3] logit) {
        mean = Add(encoder_out, decoder_out)
        zero = Constant<value = float {0.0}>()
        none = Mul(mean, zero)
        floor = Constant<value = float {-6.0}>()
        low = Constant<value = float {-99.0}>()
        blank = Add(none, floor)
        other = Add(none, low)
        logit = Concat<axis=1>(blank, other, mean)
    }"""
    save(folder, "joiner.onnx", joiner, {"joiner_dim": 1})


def paraformer(folder: Path) -> None:
    """A streaming paraformer: a word for every fourth frame (60 ms) with sound."""
    encoder = f"""g (float[N,T,560] x, int32[N] x_len)
            => (float[N,T,1] enc, int32[N] enc_len, float[N,T] alphas) {{
        {LOUD % THRESHOLD}
        enc = Identity(mean)
        enc_len = Identity(x_len)
        loud = Greater(mean, blank)
        share = Constant<value = float {{0.25}}>()
        one = Cast<to=1>(loud)
        part = Mul(one, share)
        axis = Constant<value = int64[1] {{2}}>()
        alphas = Squeeze(part, axis)
    }}"""
    meta = {"vocab_size": 3, "lfr_window_size": 7, "lfr_window_shift": 6, "encoder_output_size": 1}
    meta |= {"decoder_num_blocks": 1, "decoder_kernel_size": 2}
    save(folder, "encoder.int8.onnx", encoder, {**meta, "neg_mean": zeros(560), "inv_stddev": zeros(560, "1")})
    decoder = """g (float[N,T,1] enc, int32[N] enc_len, float[N,M,1] embeds, int32[N] embeds_len, float[N,1,1] cache)
            => (float[N,M,1] logits, int64[N,M] sample_ids, float[N,1,1] next_cache) {
        logits = Identity(embeds)
        flat = ReduceMean<axes=[2], keepdims=0>(embeds)
        zero = Constant<value = float {0.0}>()
        two = Constant<value = float {2.0}>()
        none = Mul(flat, zero)
        ids = Add(none, two)
        sample_ids = Cast<to=7>(ids)
        next_cache = Identity(cache)
    }"""
    save(folder, "decoder.int8.onnx", decoder)
