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
            "unsure": "You want to {{ meaning }}, right?",
            "not_that": "All right.",
            "cancelled": "All right, I've stopped that.",
            "resumed": "Now back to where we were.",
            "corrected": "All right, I'll change that.",
            "wait": "One moment please.",
            "not_verified": ["That didn't match.", "I'm afraid that didn't match either."],
            "ask_id_tail": [
                "Please tell me the last four characters of your identity number.",
                "Once more, please: the last four characters of your identity number.",
            ],
            "ask_card_tail": [
                "Please tell me the last four digits of your bank card.",
                "Once more, please: the last four digits of your bank card.",
            ],
            "ask_birthday": [
                "Please key in your date of birth with eight digits, the year first, then month and day.",
                "Please key in your date of birth once more: the year, the month, the day.",
            ],
            "ask_code": [
                "Please key in the six digits.",
                "Please key in the six digits of the code once more.",
            ],
            "code_sent": "I've sent a code to your phone{% if code_to %}, {{ code_to }}{% endif %}.",
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
            "unsure": "您是想{{ meaning }}，对吗？",
            "not_that": "好的。",
            "cancelled": "好的，已经为您取消。",
            "resumed": "我们继续刚才的业务。",
            "corrected": "好的，已经为您更正。",
            "wait": "请稍等。",
            "not_verified": ["信息不符。", "还是不符。"],
            "ask_id_tail": ["请说出或输入身份证号的后四位。", "请再说一遍身份证号的后四位。"],
            "ask_card_tail": ["请说出或输入银行卡的后四位。", "请再说一遍银行卡的后四位。"],
            "ask_birthday": ["请输入八位数字的出生日期，年份在前。", "请重新输入八位数字的出生日期。"],
            "ask_code": ["请输入六位数字的验证码。", "请重新输入六位数字的验证码。"],
            "code_sent": "验证码已经发送到您的手机{% if code_to %}，{{ code_to }}{% endif %}。",
        }
    ),
}

_REPEAT_EN = ("repeat", "repeat please", "repeat that", "say that again", "can you repeat that", "pardon")
_SLOWER_EN = (
    "slower",
    "slower please",
    "speak slower",
    "not so fast",
    "you are too fast",
    "more slowly please",
)
_BACK_EN = ("go back", "back", "one step back", "the question before", "go back please", "previous question")
_CANCEL_EN = (
    "cancel", "cancel that", "never mind", "forget it", "stop this", "i changed my mind",
    "this is not what i wanted", "that is not what i meant", "i did not ask for that",
    "not this one",
)  # fmt: skip
_HELP_EN = ("help", "help me", "what can i say", "what are my options", "what can you do")
_AGENT_EN = (
    "agent", "operator", "a person", "a real person", "speak to a person", "speak to an agent",
    "talk to a human", "i want to speak to somebody", "customer service", "put me through to an agent",
    "can i talk to someone", "i need to talk to a real person", "connect me with a human",
    "a human being please", "is there anyone i can talk to", "a representative please",
    "let me talk to an employee", "i do not want to talk to a machine", "i want to talk to your staff",
)  # fmt: skip
_GOODBYE_EN = (
    "goodbye", "bye", "bye bye", "that is all", "that's all", "no that's all", "nothing else",
    "no thank you", "no thanks", "i'm done",
)  # fmt: skip
_REPEAT_ZH = ("重复", "再说一遍", "请再说一遍", "重复一遍", "没听清", "没听清楚", "你说什么")
_SLOWER_ZH = ("慢一点", "说慢点", "慢点说", "太快了", "请您慢一点")
_BACK_ZH = ("返回", "上一步", "回到上一步", "返回上一步", "退回去")
_CANCEL_ZH = (
    "取消", "不办了", "算了", "算了不办了", "先不办了", "我改主意了",
    "我要办的不是这个", "不是办这个", "弄错了不是这个业务",
)  # fmt: skip
_HELP_ZH = ("帮助", "怎么用", "我可以说什么", "有哪些业务", "你能做什么")
_AGENT_ZH = (
    "人工", "转人工", "人工服务", "人工客服", "我要人工", "找客服", "找人工客服", "帮我转人工", "接线员",
    "我要跟人说话", "找个真人", "我想找你们的工作人员", "不要机器人", "让客服来接", "我要和真人讲话",
    "叫个客服来",
)  # fmt: skip
_GOODBYE_ZH = ("再见", "拜拜", "没事了", "没有了", "不用了谢谢", "就这样", "挂了吧")

COMMANDS = {
    "en": Universal(
        repeat=Command(examples=_REPEAT_EN, keys="*"),
        slower=Command(examples=_SLOWER_EN),
        help=Command(examples=_HELP_EN),
        back=Command(examples=_BACK_EN),
        cancel=Command(examples=_CANCEL_EN),
        agent=Command(examples=_AGENT_EN, keys="0"),
        goodbye=Command(examples=_GOODBYE_EN),
    ),
    "zh": Universal(
        repeat=Command(examples=_REPEAT_ZH, keys="*"),
        slower=Command(examples=_SLOWER_ZH),
        help=Command(examples=_HELP_ZH),
        back=Command(examples=_BACK_ZH),
        cancel=Command(examples=_CANCEL_ZH),
        agent=Command(examples=_AGENT_ZH, keys="0"),
        goodbye=Command(examples=_GOODBYE_ZH),
    ),
}

MENU = {"en": ("For {say}, press {keys}.", " "), "zh": ("{say}请按{keys}", "，")}
"""how a menu tells one key, and what stands between two of them"""
