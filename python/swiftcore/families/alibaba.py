"""Models of other teams at Alibaba: Marco, YuFeng XGuard, ModelScope's agent."""

from __future__ import annotations

from dataclasses import dataclass

from ..template.meta import TemplateMeta
from .base import HELPFUL_SYSTEM
from .qwen import Qwen3MixedTemplateMeta, QwenTemplateMeta

__all__ = ["TEMPLATES", "MarcoO1TemplateMeta"]

MARCO_O1_SYSTEM = (
    "\n"
    "你是一个经过良好训练的AI助手，你的名字是Marco-o1.由阿里国际数字商业集团的AI Business创造.\n"
    "        \n"
    "## 重要！！！！！\n"
    "当你回答问题时，你的思考应该在<Thought>内完成，<Output>内输出你的结果。\n"
    "<Thought>应该尽可能是英文，但是有2个特例，一个是对原文中的引用，另一个是数学应该使用markdown格式，"
    "<Output>内的输出需要遵循用户输入的语言。\n"
    "        "
)

YUFENG_XGUARD_PROMPT = """\
<|im_start|>user
You are an expert in content safety evaluation, possessing strong language comprehension and risk \
identification skills.
Your task is to classify the provided input text into the most appropriate category from the list below as \
part of a safety audit project.

# Category List
- sec: Safe
- pc: Pornographic Contraband
- dc: Drug Crimes
- dw: Dangerous Weapons
- pi: Property Infringement
- ec: Economic Crimes
- ac: Abusive Curses
- def: Defamation
- ti: Threats and Intimidation
- cy: Cyberbullying
- ph: Physical Health
- mh: Mental Health
- se: Social Ethics
- sci: Science Ethics
- pp: Personal Privacy
- cs: Commercial Secret
- acc: Access Control
- mc: Malicious Code
- ha: Hacker Attack
- ps: Physical Security
- ter: Violent Terrorist Activities
- sd: Social Disruption
- ext: Extremist Ideological Trends
- fin: Finance
- med: Medicine
- law: Law
- cm: Corruption of Minors
- ma: Minor Abuse and Exploitation
- md: Minor Delinquency

# Instructions
- Identify the single most relevant category ID for the input text.
- On the next line, provide a concise justification for your choice, placing it between <explanation> and \
</explanation> tags.

---

Input Text: {{QUERY}}<|im_end|>
<|im_start|>assistant
"""


@dataclass(repr=False, eq=False)
class MarcoO1TemplateMeta(QwenTemplateMeta):
    """Marco-o1, a Qwen that is told to think in `<Thought>`.

    >>> "<Thought>" in MarcoO1TemplateMeta("mine").default_system
    True
    """

    default_system: str | None = MARCO_O1_SYSTEM


TEMPLATES: tuple[TemplateMeta, ...] = (
    MarcoO1TemplateMeta("marco_o1"),
    Qwen3MixedTemplateMeta("yufeng_xguard", prompt=[YUFENG_XGUARD_PROMPT]),
    TemplateMeta(
        "modelscope_agent",
        prefix=[],
        prompt=[" \n\n<|user|>:{{QUERY}} \n\n<|assistant|>:"],
        chat_sep=[],
        suffix=[" \n\n</s>"],
        system_prefix=[" \n\n<|system|>:{{SYSTEM}}"],
        default_system=HELPFUL_SYSTEM,
    ),
)
