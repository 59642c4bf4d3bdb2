"""An utterance's text in one form: same length, so that a place in it is a place in the original."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

MAX_CHARS = 200
"""Characters that are read. Nobody says more in one breath; what is longer is a recogniser's loop."""

_TRADITIONAL = (
    "號号幾几兩两個个這这裡里裏里麼么們们來来時时間间點点鐘钟週周曆历農农歲岁後后醫医療疗藥药科科骨骨"
    "內内門门診诊掛挂預预約约銷销退退險险費费錢钱塊块養养領领認认證证殘残補补貼贴報报詐诈騙骗"
    "電电話话聽听說说講讲請请謝谢對对錯错沒没無无還还過过進进現现開开關关頭头眼眼腦脑臟脏齒齿膚肤"
    "腫肿瘤瘤鬆松視视覺觉壓压飯饭買买賣卖車车票票飛飞機机場场鐵铁線线銀银卡卡賬账帳帐戶户貸贷"
    "媽妈爺爷奶奶兒儿孫孙夥伙伴伴誰谁幫帮給给讓让應应該该會会為为嗎吗呢呢員员務务問问題题"
    "從从東东西西區区縣县鄉乡鎮镇樓楼層层號号碼码總总換换語语漢汉藏藏漲涨慢慢聲声遍遍"
    "張张劉刘陳陈楊杨趙赵黃黄吳吴孫孙馬马鄭郑韓韩馮冯蔣蒋許许鄧邓葉叶蘇苏盧卢賈贾鄒邹閻阎龍龙韋韦"
    "萬万億亿億亿壹壹貳贰參叁陸陆雙双單单鐵铁學学習习體体檢检驗验備备復复專专業业氣气熱热涼凉"
    "燒烧著着與与別别實实際际動动運运遲迟遠远運运災灾難难緊紧急急寶宝貴贵賓宾訂订團团隊队"
    "種种樣样長长張张舊旧親亲節节國国慶庆陽阳陰阴臘腊彎弯腰腰膝膝蓋盖腳脚腸肠膽胆腎肾鼻鼻"
)
_SIMPLE = {a: b for a, b in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True) if a != b}


@lru_cache(maxsize=8192)
def _one(char: str) -> str:
    form = unicodedata.normalize("NFKC", char)
    form = form if len(form) == 1 else char
    form = form.lower() if len(form.lower()) == 1 else form
    return _SIMPLE.get(form, form)


def normalise(text: str) -> str:
    """NFKC, lower case and simplified characters, one character for each of the first `MAX_CHARS`."""
    return "".join(map(_one, text[:MAX_CHARS]))


def is_word(char: str) -> bool:
    """True for what is spoken: a letter, a digit, a Chinese character or a Tibetan vowel sign, no punctuation."""
    return char.isalnum() or "\u0f71" <= char <= "\u0fbc"


def language_of(text: str, language: str) -> str:
    """The language to read a text as: that of the call, by its first part; Chinese where mostly that is written."""
    primary = language.replace("_", "-").split("-")[0].lower()
    if primary == "zh":
        return primary
    words = [char for char in text[:MAX_CHARS] if is_word(char)]
    chinese = sum("\u4e00" <= char <= "\u9fff" for char in words)
    return "zh" if 2 * chinese > len(words) else primary


def bare(text: str) -> str:
    """The text without punctuation and spaces."""
    return "".join(filter(is_word, text))
