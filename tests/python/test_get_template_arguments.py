"""Arguments of `get_template` that ms-swift has and swiftcore does not act on, and arguments that nobody has."""

import pytest
import swiftcore
from swiftcore import ArgumentError


def get(**arguments):
    return swiftcore.get_template("deepseek", template_type="chatml", **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_pixels": None, "norm_bbox": None, "template_backend": "swift"},
        {"padding_free": False, "remove_unused_columns": True, "sequence_parallel_size": 1},
        {"agent_template": "hermes"},
    ],
)
def test_arguments_of_the_peer_pass_where_they_make_no_difference(arguments):
    row = {"messages": [{"role": "user", "content": "hi"}]}
    assert get(**arguments).encode(row) == get().encode(row)


@pytest.mark.parametrize(
    ("name", "value", "rest"),
    [
        ("template_backend", "jinja", "'jinja' is not supported yet; leave it at 'swift'"),
        ("padding_free", None, "is None; give True or False"),
        ("sequence_parallel_size", 2, "2 is not supported yet; leave it at 1"),
        ("loss_scales", "all", "is unknown; did you mean 'loss_scale'?"),
        ("max_len", 8, "is unknown; did you mean 'max_length'?"),
    ],
)
def test_others_are_refused_by_name(name, value, rest):
    with pytest.raises(ArgumentError) as raised:
        get(**{name: value})
    assert str(raised.value) == f"argument '{name}': {rest}"
    assert raised.value.argument == name
