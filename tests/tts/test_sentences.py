import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.tts.sentences import split


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith owes 3.5 percent to Dr. Jones.",
        "Go to counter No. 5 please.",
        "Visit example.com for more.",
        "Ask for J. Smith at ext. 12",
        "It costs approx. five yuan, i.e. little.",
        "At three p.m. on Monday.",
        "利率是3.5，请注意。",
    ],
)
def test_one_sentence_stays_one(text):
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello. How are you? Fine!", ["Hello.", "How are you?", "Fine!"]),
        ("您好。请问有什么可以帮您？请说！", ["您好。", "请问有什么可以帮您？", "请说！"]),
        ("你好吗?我很好", ["你好吗?", "我很好"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("At three p.m. Please come.", ["At three p.m.", "Please come."]),
        ("The answer is no. Five people left.", ["The answer is no.", "Five people left."]),
        ("So do I. Good.", ["So do I.", "Good."]),
        ("First line\nsecond  line", ["First line", "second line"]),
        ("Wait... What?!", ["Wait...", "What?!"]),
        (" ... ", []),
    ],
)
def test_sentences_are_told_apart(text, sentences):
    assert split(text) == sentences


@given(st.text("ab5 .?!。？！\n\"'”I", max_size=60))
def test_no_word_is_lost(text):
    words = [character for character in text if character.isalnum()]
    assert [character for s in split(text) for character in s if character.isalnum()] == words
