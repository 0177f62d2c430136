"""Streams of decoded text: whatever the ids and however they come, the tokenizer's own text, up to the stop."""

from __future__ import annotations

import random
from typing import Any

import pytest
import swiftcore
from decode_support import LATE, WINDOWED, available, decoded, pair, vocabulary
from swiftcore import ArgumentError

NAMES = available()
# Those in which text depends on nothing after it.
PROMPT = [name for name in NAMES if name.removeprefix("small-") not in LATE]
MARK = "\ufffd"
STOPS = ["\n\n", "ab", "abc", "b", "the", "<s>", "</s>a", "你好", "好", " a", "é", "aa" * 40, "<|é|>", "nd", ">"]


def portions(rng: random.Random, ids: list[int]) -> list[list[int]]:
    """`ids` in portions of random sizes, some of them empty."""
    cut = []
    at = 0
    while at < len(ids):
        size = rng.choice([0, 1, 1, 1, 2, 3, 17])
        cut.append(ids[at : at + size])
        at += size
    return cut


def random_ids(rng: random.Random, name: str, most: int = 60) -> list[int]:
    all_ids, hard = vocabulary(name)
    pool = rng.choice([all_ids, hard, rng.sample(hard, min(6, len(hard)))])
    return [rng.choice(pool) for _ in range(rng.randrange(most))]


def run(stream: Any, parts: list[list[int]]) -> str:
    return "".join([stream.step(part) for part in parts] + [stream.finish()])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("skip", [False, True], ids=["all", "skip"])
def test_the_texts_add_up_to_the_full_decode(name: str, skip: bool) -> None:
    ours, reference = pair(name)
    rng = random.Random(name)
    for _ in range(300):
        ids = random_ids(rng, name)
        expected = decoded(reference, ids, skip)
        if expected is None:
            continue
        stream = ours.decode_stream(skip)
        assert run(stream, portions(rng, ids)) == expected, ids
        assert stream.finished
        assert stream.stop is None
        assert stream.seen_ids == len(ids)


@pytest.mark.parametrize("name", NAMES)
def test_real_text_comes_at_once(name: str) -> None:
    ours, reference = pair(name)
    if name.startswith("small-"):
        pytest.skip("encodes no text")
    text = "Héllo wörld! 😀👩‍👩‍👧 你好，世界。\n\n\tdef f(x): return x\r\n" * 3
    ids = reference.encode(text, add_special_tokens=False).ids
    stream = ours.decode_stream()
    given = ""
    for count, token in enumerate(ids, 1):
        given += stream.step(token)
        now = reference.decode(ids[:count], skip_special_tokens=False)
        if not (reference.id_to_token(token) or "").startswith("<0x"):
            assert given == now.rstrip(MARK)
    assert given + stream.finish() == reference.decode(ids, skip_special_tokens=False)


def expected_stop(reference: Any, ids: list[int], stops: list[str], skip: bool) -> tuple[int, int, int] | None:
    """By brute force: after how many ids a stop is first complete, where it begins and ends: the first to end, of
    those that end there the longest.
    """
    for count in range(1, len(ids) + 1):
        text = reference.decode(ids[:count], skip_special_tokens=skip)
        found = []
        for stop in stops:
            at = text.find(stop)
            if at >= 0:
                found.append((at + len(stop), at))
        if found:
            end, start = min(found)
            return count, start, end
    return None


@pytest.mark.parametrize("name", PROMPT)
@pytest.mark.parametrize("skip", [False, True], ids=["all", "skip"])
@pytest.mark.parametrize("include", [False, True], ids=["without", "with"])
def test_no_stop_is_missed_and_nothing_is_held_for_nothing(name: str, skip: bool, include: bool) -> None:
    ours, reference = pair(name)
    rng = random.Random(f"{name}{skip}{include}")
    specials = {token for token, added in reference.get_added_tokens_decoder().items() if added.special}
    met = 0
    for _ in range(150):
        ids = random_ids(rng, name, 40)
        text = reference.decode(ids, skip_special_tokens=skip)
        stops = rng.sample(STOPS, 3)
        for _ in range(3):
            begin = rng.randrange(len(text) + 1)
            stops.append(text[begin : begin + rng.choice([1, 2, 3, 8])])
        # A stop with a special token in it is found although the text lacks it: another test.
        hidden = ("<s>", "</s>", "<|") if skip else ()
        stops = [stop for stop in dict.fromkeys(stops) if stop and MARK not in stop]
        stops = [stop for stop in stops if not any(token in stop for token in hidden)]
        stream = ours.decode_stream(skip, stop=stops, include_stop=include)
        expected = expected_stop(reference, ids, stops, skip)
        given = ""
        byte = False  # whether a run of byte tokens goes on, which tokens without text do not end
        for count, token in enumerate(ids, 1):
            given += stream.step(token)
            if stream.finished:
                break
            now = reference.decode(ids[:count], skip_special_tokens=skip).rstrip(MARK)
            if reference.id_to_token(token) and not (skip and token in specials):
                byte = reference.id_to_token(token).startswith("<0x")
            if not byte and not reference.decode(ids[:count], skip_special_tokens=skip).endswith(MARK):
                held = now[len(given) :]
                assert now.startswith(given)
                assert not held or any(stop.startswith(held) and stop != held for stop in stops), (ids, stops, held)
        given += stream.finish()
        again = ours.decode_stream(skip, stop=stops, include_stop=include)
        assert run(again, portions(rng, ids)) == given
        assert again.stop == stream.stop
        if expected is None:
            assert stream.stop is None
            assert given == text
            continue
        met += 1
        count, start, end = expected
        full = reference.decode(ids[:count], skip_special_tokens=skip)
        stop = stream.stop
        assert stop is not None, (ids, stops, expected)
        assert (stop.seen_ids, stop.text_offset, stop.included) == (count, start, include), (ids, stops)
        assert stop.stop == full[start:end]
        assert given == full[: end if include else start]
        kept = reference.decode(ids[: stop.kept_ids], skip_special_tokens=skip)
        assert kept.startswith(given) or MARK in given
        if stop.kept_ids and MARK not in full:
            fewer = reference.decode(ids[: stop.kept_ids - 1], skip_special_tokens=skip).rstrip(MARK)
            assert len(fewer) < len(given) or include or stop.kept_ids <= stop.id_offset + 1
    assert met > 20


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PROMPT])
@pytest.mark.parametrize("include", [False, True], ids=["without", "with"])
def test_stops_where_text_depends_on_what_comes_after(name: str, include: bool) -> None:
    ours, reference = pair(name)
    rng = random.Random(f"{name}{include}")
    met = 0
    for _ in range(300):
        # A stop in a run of bytes is found before the run is over; what it would have become is another test.
        ids = [token for token in random_ids(rng, name, 40) if "<0x" not in (reference.id_to_token(token) or "")]
        text = decoded(reference, ids)
        if text is None:
            continue
        begin = rng.randrange(len(text) + 1)
        stops = [*rng.sample(STOPS, 2), text[begin : begin + rng.choice([1, 2, 5])]]
        stops = [stop for stop in dict.fromkeys(stops) if stop and MARK not in stop]
        stream = ours.decode_stream(stop=stops, include_stop=include)
        given = run(stream, portions(rng, ids))
        found = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
        if not found:
            assert (given, stream.stop) == (text, None)
            continue
        met += 1
        end, start = min(found)
        assert given == text[: end if include else start], (ids, stops)
        assert stream.stop is not None
        assert (stream.stop.stop, stream.stop.text_offset) == (text[start:end], start)
    assert met > 50


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("include", [False, True], ids=["without", "with"])
def test_stops_of_ids(name: str, include: bool) -> None:
    ours, reference = pair(name)
    rng = random.Random(name)
    for _ in range(200):
        ids = random_ids(rng, name, 40)
        stops = [ids[at : at + rng.choice([1, 2, 3])] for at in rng.sample(range(len(ids)), min(len(ids), 3))]
        stops.append([vocabulary(name)[0][-1]] * 3)
        stops = [stop for stop in stops if stop]
        stream = ours.decode_stream(stop=stops, include_stop=include)
        given = run(stream, portions(rng, ids))
        ends = [
            (end, end - len(stop))
            for stop in stops
            for end in range(len(stop), len(ids) + 1)
            if ids[end - len(stop) : end] == stop
        ]
        if not ends:
            whole = decoded(reference, ids)
            assert whole is None or given == whole
            assert stream.stop is None
            continue
        end, begin = min(ends)
        stop = stream.stop
        assert stop is not None
        assert (stop.seen_ids, stop.id_offset, stop.kept_ids) == (end, begin, end if include else begin)
        assert stop.stop == ids[begin:end]
        kept, before = decoded(reference, ids[: stop.kept_ids]), decoded(reference, ids[:begin])
        if kept is None or before is None:
            continue
        assert given == kept, (ids, stops)
        assert stop.text_offset == len(before)


@pytest.mark.parametrize("kind", WINDOWED)
def test_other_decoders_go_through_the_reference(kind: str) -> None:
    ours, reference = pair(f"small-{kind}")
    ids = reference.get_vocab()
    tokens = [ids[token] for token in ("the", "end</w>", "a", "ab", "b") if token in ids]
    stream = ours.decode_stream()
    assert run(stream, [[token] for token in tokens]) == reference.decode(tokens)


def test_a_stop_with_a_special_token_is_found_where_they_are_left_out(tokenizer: swiftcore.Tokenizer) -> None:
    eos = tokenizer.eos_token
    ids = tokenizer.encode(f"Hello{eos} world")
    for word, start in ((eos, 5), (f"lo{eos}", 3), (f"{eos} wor", 5)):
        stream = tokenizer.decode_stream(True, stop=[word], include_stop=False)
        assert run(stream, [[token] for token in ids]) == "Hello"[:start]
        assert stream.stop is not None
        assert (stream.stop.stop, stream.stop.text_offset) == (word, start)
    # The text of a special token that is left out is no text.
    assert run(tokenizer.decode_stream(True, stop=["sentence"]), [ids]) == "Hello world"


def test_ids_in_every_form(tokenizer: swiftcore.Tokenizer) -> None:
    np = pytest.importorskip("numpy")
    ids = tokenizer.encode("Hello world")
    for form in (ids, tuple(ids), np.array(ids), np.array(ids, np.int32), np.array(ids * 2, np.uint32)[::1][:2]):
        assert tokenizer.decode_stream().step(form) == "Hello world"
    strided = np.array([ids[0], 0, ids[1], 0])[::2]
    assert tokenizer.decode_stream().step(strided) == "Hello world"
    assert tokenizer.decode_stream().step(np.int64(ids[0])) == "Hello"
    assert tokenizer.decode_stream().step([]) == ""


def test_an_id_out_of_range_is_an_error_of_its_stream(tokenizer: swiftcore.Tokenizer) -> None:
    size = len(vocabulary("deepseek")[0])
    first, second = tokenizer.encode("Hello world")
    stream = tokenizer.decode_stream()
    for wrong in (size, -1, 2**31, 2**70, [first, -100], [first, 2**40]):
        with pytest.raises(ArgumentError, match=f"give ids from 0 to {size - 1}|is a int|is a list"):
            stream.step(wrong)
    assert stream.step(first) == "Hello"
    batch = tokenizer.decode_batch(3)
    texts, finished = batch.step([first, size, second])
    assert (texts, finished.tolist()) == (["Hello", "", " world"], [False, True, False])
    assert [error is None for error in batch.errors] == [True, False, True]
    with pytest.raises(ArgumentError, match="is no id of this tokenizer"):
        raise batch.errors[1]
    assert batch.step([second, second, first])[0] == [" world", "", "Hello"]


@pytest.mark.parametrize("wrong", ["x", None, 1.5, ["x"], [[[1]]], {1: 2}])
def test_what_is_no_id(tokenizer: swiftcore.Tokenizer, wrong: Any) -> None:
    with pytest.raises(ArgumentError, match="argument 'ids'"):
        tokenizer.decode_stream().step(wrong)


@pytest.mark.parametrize("wrong", [[""], [[]], 5, [5], [["a"]], [[-1]], [[True]], ""])
def test_what_is_no_stop(tokenizer: swiftcore.Tokenizer, wrong: Any) -> None:
    with pytest.raises(ArgumentError, match="argument 'stop'"):
        tokenizer.decode_stream(stop=wrong)


def test_stop_ids_that_no_token_has(tokenizer: swiftcore.Tokenizer) -> None:
    with pytest.raises(ArgumentError, match="item 0 has the id 2000000000"):
        tokenizer.decode_stream(stop=[[2_000_000_000]])


def test_no_text_passes_a_stop_whatever_comes_after(tokenizer: swiftcore.Tokenizer) -> None:
    ids = tokenizer.encode("One. Two. Three.")
    stream = tokenizer.decode_stream(stop=["Two"], include_stop=False)
    assert stream.step(ids) == "One. "
    assert (stream.finished, stream.stop.id_offset, stream.stop.kept_ids) == (True, 2, 3)
    assert (stream.step(ids), stream.finish(), stream.seen_ids) == ("", "", 3)
    stream.reset()
    assert (stream.finished, stream.stop, stream.step(ids[:1])) == (False, None, "One")


def test_stops_after_a_marker(tokenizer: swiftcore.Tokenizer) -> None:
    text = "<think>One.\n\nTwo.</think>Three.\n\nFour."
    for parts in ([[token] for token in tokenizer.encode(text)], [tokenizer.encode(text)]):
        stream = tokenizer.decode_stream(stop=["\n\n", "</think>\n"], include_stop=False, stop_after="</think>")
        assert run(stream, parts) == "<think>One.\n\nTwo.</think>Three."
        marker = tokenizer.encode("</think>")
        stream = tokenizer.decode_stream(stop=["\n\n", "k>Th"], include_stop=False, stop_after=marker)
        assert run(stream, parts) == "<think>One.\n\nTwo.</think>Three."
    stream = tokenizer.decode_stream(stop=["\n\n"], stop_after="</think>")
    assert [stream.step(tokenizer.encode(part)) for part in ("a\n", "b\n\n")] == ["a\n", "b\n\n"]
    assert not stream.finished


@pytest.mark.parametrize("name", ["deepseek", "small-wordpiece", "small-ctc"])
@pytest.mark.parametrize("skip", [False, True], ids=["all", "skip"])
def test_stops_count_from_the_marker_on(name: str, skip: bool) -> None:
    ours, reference = pair(name)
    rng = random.Random(f"{name}{skip}")
    met = 0
    for _ in range(200):
        ids = random_ids(rng, name, 40)
        text = reference.decode(ids, skip_special_tokens=skip)
        begins = [rng.randrange(len(text) + 1) for _ in range(4)]
        marker, *stops = (text[begin : begin + rng.choice([1, 2, 5])] for begin in begins)
        stops = [stop for stop in dict.fromkeys(stops) if stop and MARK not in stop and "<" not in stop]
        if not marker or MARK in marker or "<" in marker:
            continue
        stream = ours.decode_stream(skip, stop=stops, include_stop=False, stop_after=marker)
        given = run(stream, portions(rng, ids))
        after = text.index(marker) + len(marker)
        found = [(text.find(stop, after) + len(stop), text.find(stop, after)) for stop in stops if stop in text[after:]]
        assert given == text[: min(found)[1] if found else None], (ids, stops, marker)
        assert (stream.stop is not None) == bool(found)
        met += bool(found)
    assert met > 10


def test_a_very_long_stop_and_a_very_long_stream(tokenizer: swiftcore.Tokenizer) -> None:
    stop = "ab" * 50_000 + "!"
    ids = tokenizer.encode("ab" * 20_000)
    stream = tokenizer.decode_stream(stop=[stop, "zzz"])
    assert stream.step(ids) == ""
    assert stream.step(tokenizer.encode("?")) == "ab" * 20_000 + "?"
    stream = tokenizer.decode_stream(stop=["zzz"])
    ids = tokenizer.encode("Hello world. 你好。") * 2500
    assert "".join(stream.step(token) for token in ids) == "Hello world. 你好。" * 2500


def test_eager_gives_the_characters_of_bytes_at_once() -> None:
    ours, reference = pair("small-llama")
    ids = [reference.token_to_id(f"<0x{byte:02X}>") for byte in "你好".encode()]
    assert [ours.decode_stream(eager=False).step(ids), ours.decode_stream(eager=True).step(ids)] == ["", "你好"]
    stream = ours.decode_stream(eager=True)
    assert [stream.step(token) for token in ids] == ["", "", "你", "", "", "好"]
    stream = ours.decode_stream()
    assert stream.step(ids) + stream.finish() == "你好"
    # A stop is found in a run although the run goes on.
    assert ours.decode_stream(stop=["你"], include_stop=True).step(ids) == "你"


@pytest.mark.parametrize("name", ["deepseek", "small-llama", "small-wordpiece"])
def test_a_batch_is_its_streams(name: str) -> None:
    ours, _ = pair(name)
    rng = random.Random(5)
    columns = [[rng.choice(vocabulary(name)[0]) for _ in range(40)] for _ in range(7)]
    options: dict[str, Any] = {"stop": ["a", "\n\n", "你"], "include_stop": False}
    streams = [ours.decode_stream(**options) for _ in columns]
    batch = ours.decode_batch(7, **options)
    for step in range(0, 40, 2):
        rows = [column[step : step + 2] for column in columns]
        texts, finished = batch.step(rows)
        assert texts == [stream.step(row) for stream, row in zip(streams, rows, strict=True)]
        assert finished.tolist() == [stream.finished for stream in streams]
    assert batch.finish() == [stream.finish() for stream in streams]
    assert batch.stops == [stream.stop for stream in streams]
    assert batch.seen_ids == [stream.seen_ids for stream in streams]
    assert all(batch.finished)


def test_columns_of_arrays_and_tensors(tokenizer: swiftcore.Tokenizer) -> None:
    np = pytest.importorskip("numpy")
    ids = tokenizer.encode("Hello world")
    for column in (ids, np.array(ids), np.array(ids, np.int32), np.array([[i] for i in ids])):
        texts, finished = tokenizer.decode_batch(2).step(column)
        assert texts == ["Hello", " world"]
        assert np.asarray(finished).dtype == bool
    assert tokenizer.decode_batch(1).step(np.array([ids]))[0] == ["Hello world"]
    with pytest.raises(ArgumentError, match="has 2 rows; give one for each of the 3 texts"):
        tokenizer.decode_batch(3).step(ids)
    torch = pytest.importorskip("torch")
    assert tokenizer.decode_batch(2).step(torch.tensor(ids))[0] == ["Hello", " world"]
    assert tokenizer.decode_stream().step(torch.tensor(ids)) == "Hello world"


def test_a_step_of_many_is_its_parts(tokenizer: swiftcore.Tokenizer) -> None:
    # Many ids are taken without the GIL, few with it.
    first, second = tokenizer.encode("Hello world")
    many, few = tokenizer.decode_batch(3000, stop=["Hello world"]), tokenizer.decode_batch(3, stop=["Hello world"])
    for column, texts, done in (([first] * 3, "", False), ([first, second, 0], "Hello world", True)):
        given, finished = many.step(column * 1000)
        assert given == few.step(column)[0] * 1000
        assert (given[1], finished[1]) == (texts, done)
        assert finished.tolist() == few.finished.tolist() * 1000
    stream = tokenizer.decode_stream()
    assert stream.step([first, second] * 1000) == "Hello world" * 1000


def test_a_mask_stays_what_it_was(tokenizer: swiftcore.Tokenizer) -> None:
    first, second = tokenizer.encode("Hello world")
    batch = tokenizer.decode_batch(2, stop=[" world"])
    masks = [batch.step(column)[1] for column in ([first, first], [first, first], [first, second], [first, first])]
    assert [mask.tolist() for mask in masks] == [[False, False], [False, False], [False, True], [False, True]]
    masks[3].release()
    assert batch.step([first, first])[1].tolist() == [False, True]
    batch.reset(1)
    assert batch.step([first, first])[1].tolist() == [False, False]
    assert batch.step([second, first])[1].tolist() == [True, False]


def test_a_batch_of_none_and_a_row_anew(tokenizer: swiftcore.Tokenizer) -> None:
    empty = tokenizer.decode_batch(0)
    assert (len(empty), empty.finish(), empty.stops) == (0, [], [])
    batch = tokenizer.decode_batch(2, stop=["Hello"])
    batch.step(tokenizer.encode("Hello world"))
    assert batch.finished.tolist() == [True, False]
    batch.reset(0)
    assert batch.finished.tolist() == [False, False]
    with pytest.raises(ArgumentError, match="expected the index of one of 2 texts, got 2"):
        batch.reset(2)
    with pytest.raises(ArgumentError, match="got -1"):
        batch.reset(-1)
    for wrong in (-1, 1.5, True, "2"):
        with pytest.raises(ArgumentError, match="argument 'n'"):
            tokenizer.decode_batch(wrong)


@pytest.mark.parametrize("count", [10**12, 2**20 + 1, -1, 2**70, True])
def test_numbers_of_texts_that_make_no_sense(tokenizer: swiftcore.Tokenizer, count: int) -> None:
    with pytest.raises(swiftcore.ArgumentError, match="argument 'n': expected a number of texts from 0 to 1,048,576"):
        tokenizer.decode_batch(count)


def test_nothing_follows_the_end_of_a_text() -> None:
    tokenizer = swiftcore.Tokenizer.from_pretrained("deepseek")
    stream = tokenizer.decode_stream()
    stream.step(tokenizer.encode("Hi"))
    stream.finish()
    for ids in (5, [5]):
        with pytest.raises(ArgumentError, match=r"call reset\(\)"):
            stream.step(ids)
    stream.reset()
    assert stream.step(tokenizer.encode("Hi")) + stream.finish() == "Hi"


@pytest.mark.parametrize("stop", [b"x", "\ud800", [b"x"], ["\ud800"]])
def test_stops_are_unicode_text_or_ids(stop: object) -> None:
    tokenizer = swiftcore.Tokenizer.from_pretrained("deepseek")
    with pytest.raises(ArgumentError, match="stop"):
        tokenizer.decode_stream(stop=stop)
