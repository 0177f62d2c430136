"""What a template decodes: its stops, ms-swift's ways from ids to text, and generation with transformers."""

from __future__ import annotations

import pickle
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
import swiftcore
from swiftcore import ArgumentError, StopWordsCriteria, TextIteratorStreamer
from swiftcore.decode.decoder import ResponseDecoder

Make = Callable[..., swiftcore.Template]
EOS = "<｜end▁of▁sentence｜>"


def test_the_stop_words_of_a_template(make: Make) -> None:
    assert make("qwen3").stop_words() == ["<|endoftext|>", "<|im_end|>", EOS]
    assert make("qwen3").stop_words(["#", [7], EOS]) == ["#", [7], "<|endoftext|>", "<|im_end|>", EOS]
    assert make("deepseek_v2_5").stop_words() == [EOS]
    assert make("chatglm2").stop_words() == [[1], EOS]


def test_the_template_s_own_stops_are_left_out_and_others_stay(make: Make) -> None:
    template = make("qwen3")
    encode = template.tokenizer.encode
    for text, given in (
        ("Hi<|im_end|>", "Hi"),
        (f"Hi{EOS}", "Hi"),
        ("Hi<|endoftext|>", "Hi<|endoftext|>"),
        ("Hi#", "Hi#"),
    ):
        stream = template.decode_stream(stop="#")
        assert "".join(stream.step(token) for token in encode(text)) == given
        assert stream.finished
    for include, given in ((True, "Hi#"), (False, "Hi")):
        assert template.decode_stream(stop="#", include_stop=include).step(encode("Hi#")) == given
    stream = template.decode_stream(include_stop=True)
    assert stream.step(encode("Hi<|im_end|>\n")) == "Hi<|im_end|>"


def test_eos_ends_thinking_and_other_stops_wait_for_its_end(make: Make) -> None:
    template = make("qwen3")
    encode = template.tokenizer.encode
    stream = template.decode_stream(stop="\n\n", stop_after="</think>")
    assert stream.step(encode("a\n\nb</think>c\n\nd")) == "a\n\nb</think>c\n\n"
    stream = template.decode_stream(stop="\n\n", stop_after="</think>")
    assert stream.step(encode(f"a\n\nb{EOS}")) == "a\n\nb"


def test_every_template_s_terminator_ends_its_text(make: Make, tokenizer: swiftcore.Tokenizer) -> None:
    for name in swiftcore.TEMPLATE_MAPPING:
        try:
            template = make(name)
        except swiftcore.TemplateError:
            continue  # it asks for a token that this tokenizer lacks
        for word in template.stop_words():
            ids = tokenizer.encode(word) if isinstance(word, str) else word
            stream = template.decode_stream()
            stream.step(tokenizer.encode("Fine") + ids)
            assert stream.finished
        assert template.eos_token_ids()[0] == tokenizer.eos_token_id


def test_the_ids_for_a_generation_config(make: Make) -> None:
    assert make("deepseek_v2_5").eos_token_ids() == [1]
    assert make("chatglm2").eos_token_ids() == [1]


def test_stop_tokens_are_skipped_as_ms_swift_does(make: Make) -> None:
    template = make("qwen3")
    suffix = template.tokenizer.encode("<|im_end|>")
    text = template.tokenizer.encode("Hi")
    assert template.skip_stop_tokens([*text, 1]) == text
    assert template.skip_stop_tokens([*text, *suffix]) == [*text, *suffix[:-1]]
    assert template.skip_stop_tokens([*text, suffix[-1], 1]) == text
    assert template.skip_stop_tokens([*text, suffix[-1]], is_finished=False) == text
    assert template.skip_stop_tokens([]) == []
    assert make("chatglm2").skip_stop_tokens([5, 1, 1]) == [5]


def test_decoded_responses(make: Make) -> None:
    template = make("chatml")
    ids = template.tokenizer.encode(f"Hi{EOS}")
    assert template.decode_generate_ids(ids) == "Hi"
    assert template.decode_generate_ids(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False) == "Hi"
    prefixed = make("qwen3", enable_thinking=False)
    assert prefixed.decode_generate_ids(ids) == prefixed.template_meta.non_thinking_prefix + "Hi"
    assert prefixed.decode_generate_ids(ids, first_token=False) == "Hi"
    row = {"messages": [], "chat_template_kwargs": {"response_prefix": "Well, "}}
    assert prefixed.decode_generate_ids(ids, template_inputs=row) == "Well, Hi"
    with pytest.raises(ArgumentError, match="argument 'clean_up_tokenization_spaces'"):
        template.decode_generate_ids(ids, clean_up_tokenization_spaces=True)
    with pytest.raises(ArgumentError, match="argument 'spcial'"):
        template.decode_generate_ids(ids, spcial=True)


def test_ids_that_are_no_tokens_are_counted(make: Make) -> None:
    template = make("deepseek_v2_5")
    assert template.safe_decode([-100] * 17 + [19923, 2058, -1]) == "[-100 * 17]Hello world[-1 * 1]"
    assert template.safe_decode([]) == ""
    np = pytest.importorskip("numpy")
    assert template.safe_decode(np.array([-100, 19923])) == "[-100 * 1]Hello"


def test_requests_share_what_is_compiled(make: Make) -> None:
    template = swiftcore.get_template(make().tokenizer, template_type="chatml")
    for number in range(50):
        template.decode_stream(stop=[f"{number}"])
    assert len(template._responses().__dict__["_decoders"]) <= 16
    streams = [template.decode_stream() for _ in range(2)]
    assert streams[0].step(19923) == streams[1].step(19923) == "Hello"


def test_a_response_decoder_works_without_a_template() -> None:
    tokenizer = swiftcore.Tokenizer.from_pretrained("deepseek")
    decoder = ResponseDecoder(tokenizer, swiftcore.get_template_meta("deepseek_v2_5"))
    template = swiftcore.get_template(tokenizer, template_type="deepseek_v2_5")
    assert decoder.stop_words(["x"]) == template.stop_words(["x"])
    assert decoder.eos_token_ids() == template.eos_token_ids() == [1]
    for each in (decoder, pickle.loads(pickle.dumps(decoder))):
        assert each.stream(stop="!").step([19923, 3, 19923]) == "Hello!"
        assert each.batch(2).step([19923, 1])[0] == ["Hello", ""]
        assert each.decode_generate_ids([19923, 1]) == "Hello"
        assert each.safe_decode([-100, 19923]) == "[-100 * 1]Hello"


def test_a_template_that_decoded_is_pickled(make: Make) -> None:
    template = swiftcore.get_template("deepseek", template_type="chatml")
    sources: list[Any] = [template, template.tokenizer]
    for source in sources:
        source.decode_stream(stop="a")
        other = pickle.loads(pickle.dumps(source))
        assert other.decode_stream(stop="a").step([19923]) == "Hello"


def test_a_batch_in_threads(make: Make) -> None:
    template = make("deepseek_v2_5")
    batch = template.decode_batch(500)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(200):
                texts, _ = batch.step([19923] * 500)
                assert texts[0] == "Hello"
                assert not any(batch.finished)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failed
    assert batch.seen_ids == [800] * 500


def test_a_streamer_ends_at_the_stops(make: Make) -> None:
    template = make("deepseek_v2_5")
    prompt = template.encode({"messages": [{"role": "user", "content": "Hi"}]})["input_ids"]
    for skip in (False, True):
        streamer = TextIteratorStreamer(template, skip_prompt=skip, timeout=5)
        for _ in range(2):
            streamer.put(prompt)
            for token in (19923, 2058, 1, 19923):
                streamer.put([token])
            streamer.end()
            before = "" if skip else template.tokenizer.decode(prompt)
            assert "".join(streamer) == before + "Hello world"
            assert streamer.stream.stop.stop == EOS


@pytest.fixture(scope="module")
def model() -> Any:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        vocab_size=129_280, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
    )
    torch.manual_seed(7)
    return transformers.LlamaForCausalLM(config).eval()


class TestGeneration:
    """With torch and transformers: a tiny model, real generation."""

    def test_criteria_streamer_and_stream_agree(self, model: Any, make: Make) -> None:
        torch = pytest.importorskip("torch")
        template = make("deepseek_v2_5")
        tokenizer = template.tokenizer
        ids = torch.tensor([tokenizer.encode("Tell me a story. The end.")] * 3)
        arguments = {"max_new_tokens": 24, "do_sample": True, "pad_token_id": 2, "eos_token_id": None, "top_k": 0}
        torch.manual_seed(3)
        free = model.generate(ids, **arguments)[:, ids.shape[1] :].tolist()
        # A text from the middle of the second row, across tokens.
        text = tokenizer.decode(free[1])
        stop = text[10:14]
        torch.manual_seed(3)
        criteria = template.stopping_criteria([stop])
        out = model.generate(ids, stopping_criteria=[criteria], **arguments)[:, ids.shape[1] :].tolist()
        for row, (before, after) in enumerate(zip(free, out, strict=True)):
            stream = template.decode_stream(stop=[stop])
            given = stream.step(before) + stream.finish()
            if stream.stop is None or stream.stop.seen_ids > len(after):
                assert criteria.stops[row] is None
            else:
                # Without an eos, a finished row goes on until all are; what it had by then is the same.
                kept = stream.stop.seen_ids
                assert after[:kept] == before[:kept]
                assert criteria.stops[row].kept_ids == kept
                assert given.endswith(stop)
        assert criteria.stops[1] is not None
        assert criteria.is_done.dtype == torch.bool

    def test_streamed_text_is_the_text(self, model: Any, make: Make) -> None:
        torch = pytest.importorskip("torch")
        template = make("deepseek_v2_5")
        ids = torch.tensor([template.tokenizer.encode("Tell me")])
        streamer = TextIteratorStreamer(template, skip_prompt=True, timeout=60)
        out: list[Any] = []
        arguments = {"max_new_tokens": 20, "do_sample": False, "pad_token_id": 2, "streamer": streamer}
        thread = threading.Thread(target=lambda: out.append(model.generate(ids, **arguments)))
        thread.start()
        text = "".join(streamer)
        thread.join()
        generated = out[0][0, ids.shape[1] :].tolist()
        assert text == template.decode_generate_ids(generated)

    def test_rows_finish_where_transformers_finishes_them(self, tokenizer: swiftcore.Tokenizer) -> None:
        torch = pytest.importorskip("torch")
        transformers = pytest.importorskip("transformers")
        theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=tokenizer.path)
        rng = random.Random(11)
        for _ in range(3):
            text = "The quick brown fox.\n\nIt said: stop here, and went on. " * 2
            ids = tokenizer.encode(text)
            rows = [rng.sample(ids, len(ids)) if row % 2 else ids for row in range(4)]
            begin = rng.randrange(len(text) - 8)
            stops = [text[begin : begin + rng.randrange(2, 8)], "\n\n\n", "st op"]
            column = torch.tensor(rows)
            ours = StopWordsCriteria(theirs, stops)
            other = transformers.StopStringCriteria(theirs, stops)
            done = torch.zeros(4, dtype=torch.bool)
            for length in range(3, column.shape[1]):
                mine = ours(column[:, :length], None)
                if length == 3:
                    continue
                # Theirs looks at the end alone; what was found stays found.
                done |= other(column[:, :length], None)
                assert mine.tolist() == done.tolist(), (stops, length)


def test_rules_read_back_what_they_wrote() -> None:
    glm = swiftcore.get_template("deepseek", template_type="glm4")
    assert glm.decode_generate_ids(glm.tokenizer.encode("\n\nHi\n")) == "Hi\n"
    kimi = swiftcore.get_template("deepseek", template_type="kimi_k3", mode="train")
    said = "<think>Hm.</think>Yes."
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": said}]
    written = next(s.text for s in kimi.render({"messages": messages}) if s.weight and "Hm." in (s.text or ""))
    assert "<think>" not in written
    ids = kimi.tokenizer.encode(written.partition("<|close|>response")[0])
    assert kimi.decode_generate_ids(ids, first_token=False) == said


@pytest.mark.parametrize("thinks", [None, True, False])
def test_the_prefix_is_what_the_prompt_ends_with(make: Make, thinks: bool | None) -> None:
    row = {"messages": [{"role": "user", "content": "q"}], "chat_template_kwargs": {"enable_thinking": thinks}}
    met = set()
    for name in swiftcore.TEMPLATE_MAPPING:
        # Those of embeddings answer nothing; what this one wrote otherwise is read back.
        if name.endswith("_emb") or name == "kimi_k3":
            continue
        try:
            template = make(name)
            prompt = "".join(segment.text or "" for segment in template.render(row))
            bare = template.decode_generate_ids([], template_inputs={**row, "chat_template_kwargs": {}})
        except swiftcore.SwiftcoreError:
            continue  # it asks for what this tokenizer or this row lacks
        text = template.decode_generate_ids([], template_inputs=row)
        assert thinks is not None or text == bare
        assert prompt.rstrip().endswith(text.rstrip()), name
        met.add(text)
    assert len(met) > 3


def test_a_level_of_thinking_decides_on_the_prefix(make: Make) -> None:
    template = make("minimax_m3_vl")
    texts = {
        mode: template.decode_generate_ids([], template_inputs={"chat_template_kwargs": {"thinking_mode": mode}})
        for mode in ("enabled", "disabled", "adaptive")
    }
    assert texts == {"enabled": "<mm:think>", "disabled": "</mm:think>", "adaptive": ""}
    with pytest.raises(swiftcore.RowError, match="thinking_effort"):
        make("kimi_k3").decode_generate_ids([], template_inputs={"chat_template_kwargs": {"thinking_effort": "often"}})
