"""What a classifier of sentences makes of what callers say, in both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import training, understand
from ivr.flow.ngrams import features, stem, tokens
from ivr.flow.understand import Classifier, cached, refused, without_refusal

EN = {
    "repay_early": [
        "i want to repay early", "i want to pay off my loan early", "can i pay back my loan early",
        "early repayment", "settle my loan", "i would like to clear my debt",
    ],
    "balance": [
        "what is my balance", "how much do i owe", "how much do i still owe", "tell me my balance",
        "what is left on my loan",
    ],
    "change_card": [
        "i want to change my card", "i have a new bank card", "use a different card", "update my card",
    ],
    "complaint": ["i want to complain", "i have a complaint", "i am not happy with your service"],
    "transfer": ["send <money> to my brother", "transfer <money>", "i want to send <money> on <date>"],
    "nothing_else": ["no thank you", "i don't need anything else", "that is all"],
}  # fmt: skip
ZH = {
    "repay_early": ["我要提前还款", "我想提前还清贷款", "提前结清", "可以提前还吗", "我想把贷款还清"],
    "balance": ["查欠款", "我还欠多少钱", "剩余欠款", "我还剩多少没还", "帮我查一下欠款"],
    "change_card": ["更换银行卡", "我要换卡", "换一张银行卡", "我想换绑定的卡"],
    "complaint": ["我要投诉", "我对你们的服务不满意", "你们的服务太差了"],
    "transfer": ["转<money>给我弟弟", "我要转账<money>", "<date>转<money>"],
    "nothing_else": ["没有了", "不需要别的了", "不用了谢谢"],
}
CLASSIFIERS = {
    language: Classifier.train(examples, (), language) for language, examples in (("en", EN), ("zh", ZH))
}

IN_SCOPE = [
    ("en", "could i repay my loan ahead of time", "repay_early"),
    ("en", "I'd like to pay the loan off", "repay_early"),
    ("en", "how much money do i owe you", "balance"),
    ("en", "my bank card has changed, i've got a new one", "change_card"),
    ("en", "please transfer <money> on <date>", "transfer"),
    ("en", "no i do not need anything else", "nothing_else"),
    ("zh", "我想早点把钱还清", "repay_early"),
    ("zh", "能不能提前还款", "repay_early"),
    ("zh", "我还差多少钱没还", "balance"),
    ("zh", "我的卡要换一张新的", "change_card"),
    ("zh", "给我妈妈转<money>", "transfer"),
    ("zh", "不需要了", "nothing_else"),
]
OUT_OF_SCOPE = [
    ("en", "what is the weather going to be like"),
    ("en", "how tall is the eiffel tower"),
    ("en", "i want to buy a car"),
    ("en", "zxcvb qwrtp"),
    ("zh", "北京今天下雪吗"),
    ("zh", "我想买一辆新车"),
    ("zh", "讲个故事吧"),
]
REFUSALS = [
    ("en", "i do not want to repay early", ""),
    ("en", "i don't want to complain", ""),
    ("en", "i am not calling about my balance", ""),
    ("en", "please don't change my card", ""),
    ("zh", "我不想提前还款", ""),
    ("zh", "不要投诉", ""),
    ("zh", "我没打算换卡", ""),
    ("zh", "别换我的银行卡", ""),
    ("en", "i do not want to complain i want to know my balance", "balance"),
    ("en", "i don't want to know my balance but change my card please", "change_card"),
    ("zh", "我不想投诉我想查欠款", "balance"),
    ("zh", "我不是来投诉的，我要提前还款", "repay_early"),
]
NO_REFUSALS = [
    ("en", "i am not happy with your service"),
    ("en", "my card has not arrived"),
    ("en", "why can i not repay early"),
    ("zh", "我想不想都得还"),
    ("zh", "是不是可以提前还"),
    ("zh", "钱还没到账"),
    ("zh", "有没有别的卡"),
]


@pytest.mark.parametrize(("language", "text", "name"), IN_SCOPE)
def test_in_scope(language: str, text: str, name: str) -> None:
    best = CLASSIFIERS[language].rank(text)[0]
    assert best.name == name
    assert best.confidence > 0.3


@pytest.mark.parametrize(("language", "text"), OUT_OF_SCOPE)
def test_out_of_scope(language: str, text: str) -> None:
    ranked = CLASSIFIERS[language].rank(text)
    none = 1 - sum(one.confidence for one in ranked)
    assert none > ranked[0].confidence
    assert ranked[0].confidence < 0.2


@pytest.mark.parametrize(("language", "text", "meant"), REFUSALS)
def test_refusals(language: str, text: str, meant: str) -> None:
    assert refused(text, language)
    best = CLASSIFIERS[language].rank(text)[0]
    if meant:
        assert (best.name, best.confidence > 0.4) == (meant, True)
    else:
        assert best.confidence < 0.25
        assert not without_refusal(text, language)


@pytest.mark.parametrize(("language", "text"), NO_REFUSALS)
def test_what_only_looks_like_a_refusal(language: str, text: str) -> None:
    assert not refused(text, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_examples_are_their_own_names(language: str) -> None:
    for name, texts in {"en": EN, "zh": ZH}[language].items():
        for text in texts:
            assert CLASSIFIERS[language].rank(text)[0].name == name


@pytest.mark.parametrize("language", ["en", "zh"])
@given(
    text=st.text(max_size=80)
    | st.lists(st.sampled_from(["i", "not", "card", "<money>", "我", "不", "卡"])).map("".join)
)
def test_any_text_gets_probabilities(language: str, text: str) -> None:
    ranked = CLASSIFIERS[language].rank(text)
    assert {one.name for one in ranked} == set(EN)
    assert all(0 <= one.confidence <= 1 for one in ranked)
    assert [one.confidence for one in ranked] == sorted((one.confidence for one in ranked), reverse=True)
    assert sum(one.confidence for one in ranked) <= 1 + 1e-5


def test_case_and_punctuation_say_nothing() -> None:
    assert features("What's my BALANCE?!", "en", 4) == features("what's my balance", "en", 4)
    assert features("查 欠款，谢谢！", "zh", 4) == features("查欠款谢谢", "zh", 4)


def test_nothing_known_is_nothing() -> None:
    assert {one.confidence for one in CLASSIFIERS["en"].rank("")} == {0.0}


def test_words() -> None:
    assert tokens("I don't know, I'm 5 <money>!") == ["i", "do", "not", "know", "i", "am", "5", "<money>"]
    assert tokens("嗯我要还<money>，OK吧") == ["我", "要", "还", "<money>", "ok"]
    assert [stem(word) for word in ("payments", "paying", "cards", "stopped", "address", "<money>")] == [
        "payment", "pay", "card", "stop", "address", "<money>",
    ]  # fmt: skip


def test_own_out_of_scope_sentences_count() -> None:
    other = [f"please water my {plant}" for plant in ("roses", "tulips", "tomatoes", "palm", "herbs", "lawn")]
    without, told = Classifier.train(EN), Classifier.train(EN, other)
    said = "can you water my card"
    assert told.rank(said)[0].confidence < without.rank(said)[0].confidence


def test_a_general_sentence_may_be_in_scope_here() -> None:
    weather = {
        "weather": ["what is the weather like today", "will it rain tomorrow"],
        "hours": ["when do you open"],
    }
    assert Classifier.train(weather).rank("what is the weather like")[0].confidence > 0.4


@pytest.mark.parametrize("examples", [{"only": ["my balance"]}, {"one": ["balance"], "two": ["card"]}])
def test_very_few_examples(examples: dict[str, list[str]]) -> None:
    name, texts = next(iter(examples.items()))
    assert Classifier.train(examples).rank(texts[0])[0].name == name


def test_calibration_keeps_the_order_of_scores() -> None:
    scores = np.array([[0.3, -0.2, -0.5], [-0.9, -0.8, 0.1]], np.float32)
    shares = understand.Calibration().probabilities(scores)
    assert shares.sum(axis=1) == pytest.approx([1, 1])
    assert shares[0, 0] > shares[0, 1] > shares[0, 2]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_saved_and_loaded_ranks_the_same(tmp_path: Path, language: str) -> None:
    CLASSIFIERS[language].save(tmp_path / "kept.npz")
    loaded = Classifier.load(tmp_path / "kept.npz")
    for _, text, _ in IN_SCOPE + REFUSALS:
        assert loaded.rank(text) == CLASSIFIERS[language].rank(text)


def test_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "made" / "here"
    first = cached(folder, EN, (), "en")
    (kept,) = folder.iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(training, "train", None)
        assert cached(folder, EN, (), "en").rank("my balance") == first.rank("my balance")
    kept.write_bytes(kept.read_bytes()[:100])
    assert cached(folder, EN, (), "en").rank("my balance") == first.rank("my balance")
    cached(folder, EN | {"balance": ["another sentence"]}, (), "en")
    cached(folder, EN, ["out of scope"], "en")
    assert len(list(folder.iterdir())) == 3
