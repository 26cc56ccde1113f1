"""What a flow need not write itself: messages and universal commands of each language."""

from __future__ import annotations

from ivr.flow.schema import Command, Messages, Universal

MESSAGES = {
    "en": Messages.model_validate(
        {
            "repeat_please": "Sorry, could you say that again?",
            "no_match": ["Sorry, I didn't get that.", "I'm sorry, I still didn't understand."],
            "no_input": ["Sorry, I didn't hear anything.", "I still can't hear you."],
            "help": "You can answer in your own words, or press the keys on your phone.",
            "goodbye": "Thank you for calling. Goodbye.",
            "give_up": "I'm sorry, I can't help you any further right now. Please call again later. Goodbye.",
            "transfer_failed": "I'm sorry, nobody is free right now. Please call again later. Goodbye.",
            "error": "I'm sorry, something went wrong on our side.",
        }
    ),
    "zh": Messages.model_validate(
        {
            "repeat_please": "不好意思，请您再说一遍。",
            "no_match": ["抱歉，我没有听明白。", "不好意思，我还是没有听明白。"],
            "no_input": ["抱歉，我没有听到您的声音。", "我还是没有听到您的声音。"],
            "help": "您可以直接说出您的需要，也可以按手机上的按键。",
            "goodbye": "感谢您的来电，再见。",
            "give_up": "非常抱歉，暂时无法为您办理，请您稍后再拨。再见。",
            "transfer_failed": "非常抱歉，现在没有空闲的客服，请您稍后再拨。再见。",
            "error": "非常抱歉，系统出现了问题。",
        }
    ),
}

_REPEAT_EN = ("repeat", "repeat please", "repeat that", "say that again", "can you repeat that", "pardon")
_HELP_EN = ("help", "help me", "what can i say", "what are my options", "what can you do")
_AGENT_EN = (
    "agent", "operator", "a person", "a real person", "speak to a person", "speak to an agent",
    "talk to a human", "i want to speak to somebody", "customer service", "put me through to an agent",
)  # fmt: skip
_GOODBYE_EN = (
    "goodbye", "bye", "bye bye", "that is all", "that's all", "no that's all", "nothing else",
    "no thank you", "no thanks", "i'm done",
)  # fmt: skip
_REPEAT_ZH = ("重复", "再说一遍", "请再说一遍", "重复一遍", "没听清", "没听清楚", "你说什么")
_HELP_ZH = ("帮助", "怎么用", "我可以说什么", "有哪些业务", "你能做什么")
_AGENT_ZH = (
    "人工", "转人工", "人工服务", "人工客服", "我要人工", "找客服", "找人工客服", "帮我转人工", "接线员",
)  # fmt: skip
_GOODBYE_ZH = ("再见", "拜拜", "没事了", "没有了", "不用了谢谢", "就这样", "挂了吧")

COMMANDS = {
    "en": Universal(
        repeat=Command(examples=_REPEAT_EN, keys="*"),
        help=Command(examples=_HELP_EN),
        agent=Command(examples=_AGENT_EN, keys="0"),
        goodbye=Command(examples=_GOODBYE_EN),
    ),
    "zh": Universal(
        repeat=Command(examples=_REPEAT_ZH, keys="*"),
        help=Command(examples=_HELP_ZH),
        agent=Command(examples=_AGENT_ZH, keys="0"),
        goodbye=Command(examples=_GOODBYE_ZH),
    ),
}
