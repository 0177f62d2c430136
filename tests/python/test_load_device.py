"""Where models go: devices and attention, as far as a machine without CUDA can show; on a GPU where there is one."""

from __future__ import annotations

import pytest
from model_support import ASK, EOS, WORD, save, tiny
from swiftcore import ArgumentError, ModelError, get_model_tokenizer
from swiftcore.model import placement

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

# Imported before a test says that there are other devices than there are.
QWEN3 = transformers.Qwen3ForCausalLM

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@pytest.fixture(autouse=True)
def launch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No launcher, whatever started the tests."""
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "CUDA_VISIBLE_DEVICES", "ACCELERATE_USE_FSDP"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def cuda(launch: pytest.MonkeyPatch):
    """Says that there are so many CUDA devices."""

    def there_are(count: int, *, mps: bool = False) -> None:
        launch.setattr(torch.cuda, "is_available", lambda: count > 0)
        launch.setattr(torch.cuda, "device_count", lambda: count)
        launch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return there_are


# The device that is taken where nobody says.


def test_the_fastest_device_there_is(cuda):
    cuda(0)
    assert placement.default_device_map() == "cpu"
    cuda(0, mps=True)
    assert placement.default_device_map() == "mps"
    cuda(1, mps=True)
    assert placement.default_device_map() == "cuda:0"
    cuda(4)
    assert placement.default_device_map() == "auto"


@pytest.mark.parametrize(
    ("count", "environment", "expected"),
    [
        (4, {"LOCAL_RANK": "2", "LOCAL_WORLD_SIZE": "4"}, "cuda:2"),
        (4, {"LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}, "cuda:1"),
        (4, {"LOCAL_RANK": "3"}, "cuda:3"),
        (1, {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}, "cuda:0"),
        (1, {"LOCAL_RANK": "5", "LOCAL_WORLD_SIZE": "8", "CUDA_VISIBLE_DEVICES": "5"}, "cuda:0"),
        (4, {"LOCAL_RANK": "2", "ACCELERATE_USE_FSDP": "true"}, None),
    ],
)
def test_one_device_a_process_of_a_launch(cuda, launch, count, environment, expected):
    cuda(count)
    for name, value in environment.items():
        launch.setenv(name, value)
    assert placement.default_device_map() == expected


def test_more_processes_than_devices_are_refused(cuda, launch):
    cuda(2)
    launch.setenv("LOCAL_RANK", "3")
    launch.setenv("LOCAL_WORLD_SIZE", "4")
    with pytest.raises(ArgumentError, match="LOCAL_RANK=3, but there are 2 CUDA devices .* Start at most 2 processes"):
        placement.default_device_map()


# The device that is asked for.


def test_devices_as_people_give_them(cuda):
    cuda(2)
    given = ["cuda", "cuda:1", 1, torch.device("cuda", 1), "auto", {"model": 0, "lm_head": "cpu"}]
    expected = ["cuda", "cuda:1", "cuda:1", "cuda:1", "auto", {"model": 0, "lm_head": "cpu"}]
    assert [placement.check_device_map(each) for each in given] == expected
    assert [placement.device_type(each) for each in expected] == ["cuda", "cuda", "cuda", "cuda", "cuda", None]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("cuda:2", "'cuda:2': there are 2 CUDA devices; the first one is cuda:0"),
        ("cud", "'cud': expected a device such as 'cuda:0' or 'cpu', or one of auto"),
        (-1, "-1: expected a device such as 'cuda:0'"),
        (1.5, "1.5: expected a device"),
        ("mps", "'mps': torch sees no MPS device"),
    ],
)
def test_devices_that_are_not_there(cuda, asked, said):
    cuda(2)
    with pytest.raises(ArgumentError, match=f"argument 'device_map': {said}"):
        placement.check_device_map(asked)


def test_no_cuda_at_all(cuda):
    cuda(0)
    with pytest.raises(ArgumentError, match="torch sees no CUDA device. Pass device_map='cpu', or install torch with"):
        get_model_tokenizer("nobody/asks-for-this", device_map="cuda:0")


def without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    find = placement.find_spec
    monkeypatch.setattr(placement, "find_spec", lambda name: None if name in modules else find(name))


def test_spreading_needs_accelerate(monkeypatch):
    without(monkeypatch, "accelerate")
    with pytest.raises(ArgumentError, match="'auto': needs accelerate, .* Run: pip install accelerate"):
        placement.check_device_map("auto")
    assert placement.check_device_map("cpu") == "cpu"


# Attention.


@pytest.mark.parametrize("name", ["flash_attn", "flash_attention_2"])
def test_flash_attention_that_is_not_installed_is_refused_before_a_download(monkeypatch, cuda, name):
    cuda(1)
    without(monkeypatch, "flash_attn", "kernels")
    with pytest.raises(ArgumentError, match="pip install flash-attn --no-build-isolation, or pass 'sdpa'") as caught:
        get_model_tokenizer("nobody/asks-for-this", attn_impl=name)
    assert caught.value.argument == "attn_impl"
    with pytest.raises(ArgumentError, match="needs kernels, which is not installed. Run: pip install kernels"):
        get_model_tokenizer("nobody/asks-for-this", attn_impl="kernels-community/flash-attn3")


def test_flash_attention_needs_cuda(monkeypatch):
    monkeypatch.setattr(placement, "find_spec", lambda name: object())
    assert placement.check_attention("flash_attn", "cuda") == "flash_attention_2"
    assert placement.check_attention("flash_attention_3", None) == "flash_attention_3"
    with pytest.raises(ArgumentError, match="'flash_attn' needs a CUDA device, got 'cpu'"):
        placement.check_attention("flash_attn", "cpu")


def test_the_device_and_the_attention_are_passed_on(monkeypatch, cuda, tmp_path):
    cuda(2)
    monkeypatch.setattr(placement, "find_spec", lambda name: object())
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    folder = save(tiny("Qwen3ForCausalLM"), tmp_path / "Qwen3-8B", "bfloat16")
    given = {}

    def from_pretrained(folder, **kwargs):
        given.update(kwargs)
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 16.00 GiB.")

    monkeypatch.setattr(QWEN3, "from_pretrained", from_pretrained)
    with pytest.raises(ModelError, match="the device has too little memory .* Pass device_map='auto', a smaller"):
        get_model_tokenizer(folder, attn_impl="flash_attn")
    assert (given["device_map"], given["config"]._attn_implementation) == ("cuda:1", "flash_attention_2")
    assert given["dtype"] == torch.bfloat16


@pytest.mark.parametrize(
    ("where", "bf16", "expected"),
    [("cuda", True, "bfloat16"), ("cuda", False, "float16"), ("mps", True, "float32"), ("cpu", True, "float32")],
)
def test_the_dtype_of_a_device_where_nothing_says(monkeypatch, cuda, where, bf16, expected):
    cuda(1)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)
    assert placement.choose_dtype(None, None, None, None, where) == expected
    assert placement.choose_dtype(None, None, None, "float16", where) == "float16"


def test_without_accelerate_a_model_is_moved(monkeypatch, tmp_path):
    from swiftcore.model import from_pretrained as loading

    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    folder = save(tiny("Qwen3ForCausalLM"), tmp_path / "Qwen3-8B")
    given = {}
    original = QWEN3.from_pretrained

    def from_pretrained(folder, **kwargs):
        given.update(kwargs)
        return original(folder, **kwargs)

    monkeypatch.setattr(QWEN3, "from_pretrained", from_pretrained)
    moved = []
    monkeypatch.setattr(QWEN3, "to", lambda self, place: moved.append(place) or self)
    model, _ = get_model_tokenizer(folder, device_map="cpu")
    assert "device_map" not in given
    assert moved == ["cpu"]
    assert type(model).__name__ == "Qwen3ForCausalLM"


def test_the_cpu_is_asked_what_it_can(monkeypatch):
    assert placement.is_slow_on_cpu("float32") is False
    assert isinstance(placement.is_slow_on_cpu("bfloat16"), bool)
    monkeypatch.setattr(placement, "has_torch", lambda: False)
    assert placement.is_slow_on_cpu("float16") is False


def test_fully_sharded_models_are_placed_by_others(launch, tmp_path):
    launch.setenv("ACCELERATE_USE_FSDP", "true")
    folder = save(tiny("Qwen3ForCausalLM"), tmp_path / "Qwen3-8B")
    model, _ = get_model_tokenizer(folder)
    assert model.device.type == "cpu"


# On a GPU.


@gpu
@pytest.mark.gpu
@pytest.mark.parametrize("device_map", [None, "cuda:0", "auto"])
def test_a_model_on_a_gpu(tmp_path, device_map):
    folder = save(tiny("Qwen3ForCausalLM"), tmp_path / "Qwen3-8B", "bfloat16")
    model, tokenizer = get_model_tokenizer(folder, device_map=device_map)
    assert {weight.device.type for weight in model.parameters()} == {"cuda"}
    assert model.dtype == torch.bfloat16
    ids = tokenizer(ASK, return_tensors="pt").to(model.device)
    said = model.generate(**ids, max_new_tokens=10, do_sample=False)[0, ids["input_ids"].shape[1] :]
    assert tokenizer.convert_ids_to_tokens(said) == [WORD, EOS]


@gpu
@pytest.mark.gpu
def test_flash_attention_on_a_gpu(tmp_path):
    pytest.importorskip("flash_attn")
    folder = save(tiny("Qwen3ForCausalLM"), tmp_path / "Qwen3-8B", "bfloat16")
    model, _ = get_model_tokenizer(folder, attn_impl="flash_attn")
    assert model.config._attn_implementation == "flash_attention_2"
