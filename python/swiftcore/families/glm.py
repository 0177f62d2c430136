"""GLM, by Zhipu, and what its team tuned from other models."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..template.meta import Prompt, TemplateMeta, Word
from ..template.rules import EnableThinking, Rule, SystemNote, ThinkingLevel, TrimNewline
from .base import pieces

__all__ = ["MULTIMODAL", "TEMPLATES", "ChatGLM4TemplateMeta", "GLM4TemplateMeta", "GLMTemplateMeta"]

CODEGEEX4_SYSTEM = (
    "你是一位智能编程助手，你叫CodeGeeX。你会为用户回答关于编程、代码、计算机方面的任何问题，并提供格式规范、"
    "可以执行、准确安全的代码，并在必要时提供详细的解释。"
)


RUMINATION_SYSTEM = (
    "你是一个专业的深度研究助手，通过提供的工具与模拟浏览器交互，来帮助用户完成深度信息调研和报告撰写任务。"
    "今年是 2025 年。\n"
    "\n"
    "<核心要求>\n"
    "- 首先分解用户请求，得到包含多个子要求的列表\n"
    "- 制定初始研究计划\n"
    "- 进行多轮迭代搜索和页面浏览（at least 10 function calls）：\n"
    "    * 根据已获得的信息调整研究计划和关键词\n"
    "    * 打开页面阅读，从发现的内容中识别新的关键概念/名词\n"
    "    * 从搜索结果中提取新的关键词继续搜索\n"
    "    * 访问并仔细阅读相关页面，识别新的关键概念/名词\n"
    "\n"
    "<重要配置>\n"
    "- 采用语言\n"
    "    * 搜索关键词：英文\n"
    "    * 思考：英文\n"
    "\n"
    "<可调用的工具列表>\n"
    '[{"name": "search", "description": "Execute a search query and return search results. '
    'Use this function when you need to find information about a specific topic.", '
    '"parameters": {"type": "object", "properties": {"query": {"type": "string", '
    '"description": "Search query string, use English words unless it is a proper name in '
    'Chinese"}}, "required": ["query"], "additionalProperties": false}}, {"name": "click", '
    '"description": "Click a link in the search results and navigate to the corresponding '
    "page. Use this function when you need to view detailed content of a specific search "
    'result.", "parameters": {"type": "object", "properties": {"link_id": {"type": '
    '"integer", "description": "The link ID to click (from the sequence number in search '
    'results)"}}, "required": ["link_id"], "additionalProperties": false}}, {"name": "open", '
    '"description": "Open a specific website. Get content from any website with its URL.", '
    '"parameters": {"type": "object", "properties": {"url": {"type": "string", '
    '"description": "The target website URL or domain"}}, "required": ["url"], '
    '"additionalProperties": false}}, {"name": "finish", "description": "Finish the task. '
    'Use this function when you have found the information you need.", "parameters": '
    '{"type": "object", "properties": {}, "additionalProperties": false}}]'
)

# A turn that is to be answered, and one before a tool's, ends without the newline behind its role.
TRIM_NEWLINE = TrimNewline(("<|assistant|>\n", "<think></think>\n"), before="<|observation|>")

EFFORT = "Reasoning Effort: {{Level}}"
EFFORT_LEVEL = ThinkingLevel(default_on="max", default_off="max")

GLM5_2_RULES: tuple[Rule, ...] = (EFFORT_LEVEL, SystemNote(EFFORT, separator="<|system|>", thinking=True))


@dataclass(repr=False, eq=False)
class GLMTemplateMeta(TemplateMeta):
    """What all GLM templates share: the tokenizer opens the row.

    >>> GLMTemplateMeta("mine", [], ["{{QUERY}}"], []).auto_add_bos
    True
    """

    auto_add_bos: bool = True


@dataclass(repr=False, eq=False)
class ChatGLM4TemplateMeta(GLMTemplateMeta):
    """ChatGLM 4: a turn ends where the next role begins.

    >>> ChatGLM4TemplateMeta("mine").suffix
    ['<|user|>']
    """

    prefix: Prompt = pieces()
    prompt: Prompt = pieces("<|user|>\n{{QUERY}}<|assistant|>\n")
    chat_sep: Prompt | None = pieces()
    suffix: Prompt = pieces("<|user|>")
    system_prefix: Prompt | None = pieces("<|system|>\n{{SYSTEM}}")
    stop_words: list[Word] = field(default_factory=lambda: ["<|endoftext|>", "<|user|>", "<|observation|>"])
    agent_template: str | None = "chatglm4"


@dataclass(repr=False, eq=False)
class GLM4TemplateMeta(ChatGLM4TemplateMeta):
    """GLM 4.

    >>> GLM4TemplateMeta("mine").prefix
    ['[gMASK]<sop>']
    """

    prefix: Prompt = pieces("[gMASK]<sop>")
    system_prefix: Prompt | None = pieces("[gMASK]<sop><|system|>\n{{SYSTEM}}")
    agent_template: str | None = "glm4"


@dataclass(repr=False, eq=False)
class GLM4_5TemplateMeta(GLM4TemplateMeta):
    """GLM 4.5, which thinks or not.

    >>> GLM4_5TemplateMeta("mine").non_thinking_prefix
    '<think></think>\\n'
    """

    agent_template: str | None = "glm4_5"
    is_thinking: bool = True
    non_thinking_prefix: str = "<think></think>\n"
    history_thinking_prefix: str = "<think></think>\n"


@dataclass(repr=False, eq=False)
class GLM4_7TemplateMeta(GLM4_5TemplateMeta):
    """GLM 4.7 to 5.3: roles without a newline behind them.

    >>> GLM4_7TemplateMeta("mine").prompt
    ['<|user|>{{QUERY}}<|assistant|>']
    """

    prompt: Prompt = pieces("<|user|>{{QUERY}}<|assistant|>")
    system_prefix: Prompt | None = pieces("[gMASK]<sop><|system|>{{SYSTEM}}")
    agent_template: str | None = "glm5_1"
    thinking_prefix: str = "<think>"
    non_thinking_prefix: str = "</think>"
    history_thinking_prefix: str = "</think>"


TEMPLATES: tuple[TemplateMeta, ...] = (
    GLMTemplateMeta(
        "chatglm2",
        prefix=["{{SYSTEM}}"],
        prompt=["[Round {{ROUND1}}]\n\n问：{{QUERY}}\n\n答："],
        chat_sep=["\n\n"],
    ),
    ChatGLM4TemplateMeta("codegeex4", default_system=CODEGEEX4_SYSTEM),
    ChatGLM4TemplateMeta("chatglm4", rules=(TRIM_NEWLINE,)),
    GLM4TemplateMeta("glm4", thinking_prefix="<think>", rules=(TRIM_NEWLINE,)),
    GLM4TemplateMeta("glm4_z1_rumination", default_system=RUMINATION_SYSTEM, is_thinking=True, rules=(TRIM_NEWLINE,)),
    GLM4_5TemplateMeta("glm4_5", rules=(TRIM_NEWLINE,)),
    GLM4_7TemplateMeta("glm4_7", agent_template="glm4_7", rules=(TRIM_NEWLINE,)),
    GLM4_7TemplateMeta("glm5_1", rules=(TRIM_NEWLINE,)),
    GLM4_7TemplateMeta(
        "glm5_2",
        non_thinking_prefix="<think></think>",
        history_thinking_prefix="<think></think>",
        rules=(*GLM5_2_RULES, TRIM_NEWLINE),
    ),
    GLM4_7TemplateMeta(
        "glm5_3",
        non_thinking_prefix="<think></think>",
        history_thinking_prefix="<think></think>",
        preserve_thinking=True,
        rules=(EnableThinking(always=True), EFFORT_LEVEL, SystemNote(EFFORT, separator="<|system|>"), TRIM_NEWLINE),
    ),
    TemplateMeta(
        "longwriter_llama",
        prefix=["[INST]"],
        prompt=["{{QUERY}}[/INST]"],
        chat_sep=["[INST]"],
        suffix=["<|end_of_text|>"],
        system_prefix=["<<SYS>>\n{{SYSTEM}}\n<</SYS>>\n\n"],
    ),
)

MULTIMODAL: tuple[TemplateMeta, ...] = (
    ChatGLM4TemplateMeta("chatglm4v", suffix=["<|endoftext|>"], is_multimodal=True),
    ChatGLM4TemplateMeta(
        "glm4v",
        prefix=["[gMASK]<sop>"],
        system_prefix=["[gMASK]<sop><|system|>\n{{SYSTEM}}"],
        agent_template="glm4",
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm4_5v",
        prefix=["[gMASK]<sop>"],
        system_prefix=["[gMASK]<sop><|system|>\n{{SYSTEM}}"],
        agent_template="glm4_5",
        is_thinking=True,
        non_thinking_prefix="<think></think>\n",
        history_thinking_prefix="<think></think>\n",
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm5_next",
        rules=GLM5_2_RULES,
        prefix=["[gMASK]<sop>"],
        prompt=["<|user|>{{QUERY}}<|assistant|>"],
        system_prefix=["[gMASK]<sop><|system|>{{SYSTEM}}"],
        agent_template="glm5_1",
        is_thinking=True,
        thinking_prefix="<think>",
        non_thinking_prefix="<think></think>",
        history_thinking_prefix="<think></think>",
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogagent_chat",
        prefix=["<s>"],
        prompt=[" [INST] {{QUERY}} [/INST] "],
        chat_sep=[],
        suffix=["</s>"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogagent_vqa",
        prefix=["<s>"],
        prompt=["<EOI>Question: {{QUERY}} Answer:"],
        chat_sep=None,
        suffix=["</s>"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogvlm", prefix=[["bos_token_id"]], prompt=["Question: {{QUERY}} Answer:"], chat_sep=["\n"], is_multimodal=True
    ),
    TemplateMeta(
        "cogvlm2",
        prefix=[["bos_token_id"]],
        prompt=["Question: {{QUERY}} Answer:"],
        chat_sep=["\n"],
        is_multimodal=True,
    ),
    TemplateMeta(
        "cogvlm2_video",
        prefix=[["bos_token_id"]],
        prompt=["Question: {{QUERY}} Answer:"],
        chat_sep=["\n"],
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm_edge_v",
        prompt=["<|user|>\\n{{QUERY}}\\n<|assistant|>\\n"],
        chat_sep=["\\n"],
        suffix=["<|endoftext|>"],
        system_prefix=["<|system|>\\n{{SYSTEM}}\\n"],
        is_multimodal=True,
    ),
    ChatGLM4TemplateMeta(
        "glm_ocr",
        prefix=["[gMASK]<sop>"],
        system_prefix=["[gMASK]<sop><|system|>\n{{SYSTEM}}"],
        agent_template="glm4",
        is_multimodal=True,
    ),
)
