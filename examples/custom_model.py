"""A model that nobody knows, in one file: its type, its template, and what its images become.

The model is made up, and tiny. It sees an image as patches of four numbers, and wants a token in the text for each
patch, between `<img>` and `</img>`; right before its forward, the vectors of the patches take these tokens' place.

    python examples/custom_model.py
    swiftcore encode rows.jsonl -o ids.parquet --tokenizer DIR --template tiny_eye \\
        --custom_register_path examples/custom_model.py

The first needs torch, to train a step; the second does not.
"""

from swiftcore import (
    Model,
    ModelGroup,
    ModelMeta,
    Template,
    TemplateMeta,
    get_template,
    register_model,
    register_template,
)

# The token that stands for a patch: one that the tokenizer has, and no text uses.
PATCH = "<｜place▁holder▁no▁0｜>"
SIZE = 4


class TinyEyeTemplate(Template):
    """Lays out images, and hands their patches on to the model."""

    placeholder_tokens = [PATCH]  # truncation never drops them
    load_images = False  # the images of this model are lists of patches, and no pictures to open

    def replace_tag(self, media_type, index, inputs):
        """An image becomes one id that is none yet, as only `_encode` knows how many there will be."""
        assert media_type == "image", f"this model sees images, and no {media_type}"
        return ["<img>", [-100], "</img>"]

    def _encode(self, inputs):
        encoded = super()._encode(inputs)
        images = inputs.images
        for image in images:
            assert all(len(patch) == SIZE for patch in image), f"a patch is {SIZE} numbers"
        places = [place for place, token in enumerate(encoded["input_ids"]) if token == -100]
        patch = self.placeholder_tokens[0]
        encoded["input_ids"], encoded["labels"], encoded["loss_scale"] = self._extend_tokens(
            encoded["input_ids"],
            encoded["labels"],
            encoded["loss_scale"],
            places,
            lambda index: [patch] * len(images[index]),
        )
        encoded["patches"] = [patch for image in images for patch in image]
        return encoded

    def _data_collator(self, batch, *, padding_to=None):
        import torch

        patches = self.gather_list(batch, "patches")
        collated = super()._data_collator(batch, padding_to=padding_to)
        if patches:
            collated["patches"] = torch.tensor(patches, dtype=torch.float32)
        return collated

    def _post_encode(self, model, inputs):
        embedded = model.embed(inputs["input_ids"])
        if (patches := inputs.get("patches")) is not None:
            seen = inputs["input_ids"] == self.placeholder_tokens[0]
            embedded = embedded.masked_scatter(seen[..., None], model.eye(patches))
        return {"inputs_embeds": embedded}


TEMPLATE = TemplateMeta(
    "tiny_eye",
    prefix=["<s>"],
    prompt=["<user>{{QUERY}}<bot>"],
    chat_sep=["</s>"],
    suffix=["</s>"],
    system_prefix=["<s><system>{{SYSTEM}}"],
    template_cls=TinyEyeTemplate,
)
register_template(TEMPLATE)

register_model(
    ModelMeta(
        "tiny_eye",
        [ModelGroup([Model("mine/Tiny-Eye-1M", "mine/Tiny-Eye-1M")])],
        template="tiny_eye",
        architectures=["TinyEyeForCausalLM"],
        is_multimodal=True,
    )
)

ROWS = [
    {
        "images": [[[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]],
        "messages": [
            {"role": "user", "content": "<image>What is it?"},
            {"role": "assistant", "content": "A cat."},
        ],
    },
    {"messages": [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hello to you."}]},
]


def make_model(vocabulary, width=8):
    """A model that is as small as it gets: words and patches as vectors, and the next word of each."""
    import torch
    from torch import nn

    class TinyEye(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(vocabulary, width)
            self.eye = nn.Linear(SIZE, width)
            self.head = nn.Linear(width, vocabulary)

        def forward(self, inputs_embeds, attention_mask, labels=None):
            so_far = (inputs_embeds * attention_mask[..., None]).cumsum(1)  # what stands before a word matters
            logits = self.head(so_far)
            if labels is None:
                return logits
            return nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())

    torch.manual_seed(0)
    return TinyEye()


def main():
    """Encodes two rows, collates them and trains a step."""
    import torch

    template = get_template("deepseek", template_type="tiny_eye", mode="train")
    batch = template.data_collator([template.encode(row) for row in ROWS])
    print({name: tuple(value.shape) for name, value in batch.items()})
    model = make_model(len(template.tokenizer))
    template.register_post_encode_hook([model])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(**batch)
        loss.backward()
        optimizer.step()
        print(f"loss {loss.item():.3f}")
    template.remove_post_encode_hook()


if __name__ == "__main__":
    main()
