"""Names of people: the patient's as the caller gives it, and the doctor's."""

from __future__ import annotations

import re
from dataclasses import replace

from nlu.entities.readings import EXACT, Reading, overlaps
from nlu.pinyin import syllables
from nlu.text import is_word
from nlu.understand import ParseContext

SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳鲍史唐费廉岑"
    "薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵"
    "席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆"
    "荣翁荀羊惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白"
    "怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴郁胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾"
    "鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红"
    "游竺权逯盖益桓公喇冶鲜祁星铁答绽妥拜丹者撒哈达仁才多扎索旦拉桑洛尕卓保剡仓敏纳撒沙妥喇铁晁蔚苟仝闪海黑虎桂米丁回勉锁"
)
_DOCTOR_SURNAMES = (SURNAMES - frozenset("和时家都那全能从却别后公相查空养须终经者多才达通水扎旦拉尕哈答")) | {
    "于",
    "关",
}
COMPOUND = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "司徒",
    "夏侯",
    "长孙",
    "拓跋",
)
_TRANSLITERATED = re.compile(
    r"(?:扎西|卓玛|才让|尕藏|多杰|仁青|旦增|丹增|桑杰|索南|拉毛|周毛|仁增|才旦|华旦|项秀|更登|加措|嘉措|尼玛|达瓦|次仁|才仁|格桑|央金"
    r"|拉姆|措毛|公保|万玛|李加|东智|切吉|诺布|班玛|白玛|旺姆|先巴|久美|金巴|乌云|巴图|其其格|格日勒|那木|阿布都|穆罕默德|法图麦|阿依|热西|海买"
    r"|东主|更藏|吉先|完德|关却|尖措|杨本|普华|多日|切羊|三智|拉日|彭措|边巴|德吉|曲珍|曲吉|旦巴|慈诚|洛桑|图登|罗藏|昂旺|阿旺|拉加|周加|羊措|太本"
    r"|巴特|其木|斯琴|敖登|苏德|那仁|朝鲁|道尔|乌兰|萨仁|娜仁|哈斯|额尔|布和|孟克|达来|格根|图雅|托娅|阿木|青格|呼和|宝音"
    r"|努尔|木拉|古丽|叶尔|哈力|阿合|加那|赛力|巴合|沙吾|哈那|别克|吾拉|热孜|艾山|买买|玉素|阿不|吐尔|帕提"
    r"|尤努|哈三|海迪|麦尔|舍木|而沙|阿卜|依布|伊布|尕哈|索菲|阿乙|法土|艾米|哈比|若哈|赛买|玉奴"
    r"|马哈|索非|麦燕|哈力|尔洒|尤素福|易卜拉|达吾|格日|才吉|夸吉|增太|华青|完么|南杰|俄日|昂毛|昂秀|杨措|娘措)"
)
_SOUNDS_OF_NAMES = frozenset(
    "扎西卓玛才让尕藏多杰仁青旦增丹桑索南拉毛周措吉加先巴更登尼达瓦次格央金姆公保万东智切诺布班白旺久美乌云图其日勒那木阿都穆罕默德法麦依热海买哈"
    "非燕力尔洒尤素福易卜吾夸太华完么俄昂秀杨娘主草本特古丽汗别克努叶斯琴敖道苏里库提江亚娜孜合曼夫三乙沙依布也赛菲艾拜叶清嘉项确却曲珍旦洛罗彭"
    "雅托宝音和孟呼斡朝鲁额"
)
"""Characters that names from other languages are written with."""
_SPELLED = {
    "弓长张": "张",
    "木子李": "李",
    "耳东陈": "陈",
    "立早章": "章",
    "口天吴": "吴",
    "双口吕": "吕",
    "草头黄": "黄",
    "大肚黄": "黄",
    "三横王": "王",
    "双木林": "林",
    "古月胡": "胡",
    "走肖赵": "赵",
    "卯金刀刘": "刘",
    "文刀刘": "刘",
    "言午许": "许",
    "禾呈程": "程",
    "人可何": "何",
    "双人徐": "徐",
    "木易杨": "杨",
    "草头蒋": "蒋",
    "女字姚": "姚",
    "马到成功的马": "马",
    "骏马的马": "马",
    "牛马的马": "马",
    "田力男": "",
    "子小孙": "孙",
    "木子孙": "孙",
    "十八子李": "李",
    "千里马的马": "马",
    "马儿的马": "马",
    "二马冯": "冯",
    "三点水江": "江",
    "三点水汪": "汪",
    "人韦伟": "",
    "广车库": "",
    "示氏祁": "祁",
    "耳关郑": "郑",
    "关耳郑": "郑",
    "草头苏": "苏",
    "草字头苏": "苏",
    "草字头黄": "黄",
    "三马冯": "冯",
    "言射谢": "谢",
    "双火炎": "",
    "又寸邓": "邓",
    "又耳邓": "邓",
    "山今岑": "岑",
    "西早覃": "覃",
    "十口古叶": "叶",
    "口十叶": "叶",
    "十口叶": "叶",
    "人王全": "全",
    "日月明": "",
    "宝盖宋": "宋",
    "宝盖头宋": "宋",
    "木土杜": "杜",
    "土木杜": "杜",
    "口木呆": "",
    "水工江": "江",
    "国家的国": "",
    "韩信的韩": "韩",
    "韩国的韩": "韩",
    "王子的王": "王",
    "大王的王": "王",
    "赵云的赵": "赵",
    "刘备的刘": "刘",
    "关公的关": "关",
    "张飞的张": "张",
    "孔子的孔": "孔",
    "石头的石": "石",
    "星星的星": "星",
    "祁连山的祁": "祁",
    "冶金的冶": "冶",
    "白色的白": "白",
    "黄色的黄": "黄",
    "高低的高": "高",
    "杨树的杨": "杨",
    "沈阳的沈": "沈",
    "丁字的丁": "丁",
}
_LEAD = re.compile(
    r"(?:(?:我|他|她|名字|姓名|病人|大名|本人|患者|老伴|老汉|娃娃|阿奶|阿爷|他们|人)(?:的名字|的姓名)?(?:就)?(?:叫做|叫作|叫个|叫|是|姓)|名字(?:叫|是)?"
    r"|姓名|(?<![你来喊别])叫(?:做|作|个)?)(?:是|个)?"
)
_PUTS_RIGHT = re.compile(
    r"(?:不是|不对|错了|[弄听说写搞念]错了?)(?:[^是叫姓]{0,6}?[，,。]?(?:名字|应该|他|她|人家)?(?P<is>是|叫|姓)|(?P<is_not>(?<=不是))|(?=[，,。]))"
)
_KINDS = frozenset("科院号室区县市")
_EXPLAINED = re.compile(r"(?P<word>[\u4e00-\u9fff]{1,4})的(?P<char>[\u4e00-\u9fff])")
_HAN = re.compile(r"[\u4e00-\u9fff·]+")
_STOP = re.compile(
    r"(?:的|了|啊|呀|吧|呗|嘛|呢|哈|他|她|我|是|今年|身份|电话|要|想|看|挂|就|嗯|，|,|。|先生|女士|同志|老师|这个|那个|不|给|医|人|什么|啥)"
)
_NOT_NAMES = re.compile(
    r"卫生|诊所|社区|家庭|师傅|什么|怎么|人工|客服|大夫|医生|出租|救护|车|护士|警察|快递|不行|自己|本人|他的|别人|多少|可以|谢谢|明天|知道|再说|没有|没听|大爷|大妈|大娘|奶奶|爷爷|阿姨|老师|马上|安心|平安|高兴|高血|白内|农村|农民|党员|老人"
)
_FILLER = re.compile(r"^(?:嗯+|啊|哦|噢|就|那|那个|这个|他是|她是|是|我是|叫|他叫|她叫|我叫|名字叫|名字是|姓名)+")
_TITLE = re.compile(r"大夫|医生|主任|教授|专家|带夫|一生|衣生|代夫")
_SOME_DOCTOR = re.compile(
    r"(?:老|好|女|男|有名的?|年纪大(?:一?点|些)?的?|有经验的?|经验多的?|厉害的?|最好的?)(?:大夫|医生|专家)|专家(?:号|门诊)?|主任号|主任医[师生]"
)
"""Doctors of a kind, whom no name tells."""
_LEADS_DOCTOR = re.compile(r"[挂找看约是要叫请让跟给的个那]$")


def _looks_like_name(word: str) -> bool:
    if _NOT_NAMES.search(word):
        return False
    if _TRANSLITERATED.match(word) or (len(word) >= 3 and set(word) <= _SOUNDS_OF_NAMES):
        return 2 <= len(word) <= 8
    if _TRANSLITERATED.match(word, 1) and word[0] in SURNAMES:
        return 3 <= len(word) <= 6
    return 2 <= len(word) <= 4 and (word[:2] in COMPOUND or word[0] in SURNAMES)


def _spelled(text: str, start: int) -> tuple[str, int, int] | None:
    """弓长张: the surname that a caller explains, with its place."""
    for phrase, surname in _SPELLED.items():
        at = text.find(phrase, start)
        if at >= 0 and surname:
            return surname, at, at + len(phrase)
    return None


def _word_at(text: str, at: int) -> str:
    """The name that begins at a place: as many characters as a name of its kind has."""
    run = _HAN.match(text, at)
    if run is None:
        return ""
    from_elsewhere = _TRANSLITERATED.match(run[0]) or _TRANSLITERATED.match(run[0], 1)
    stop = _STOP.search(run[0], from_elsewhere.end() if from_elsewhere else 1)
    word = run[0][: stop.start()] if stop else run[0]
    if _TRANSLITERATED.match(word) or set(word) <= _SOUNDS_OF_NAMES:
        return word[:8]
    if _TRANSLITERATED.match(word, 1) and word[0] in SURNAMES:  # 马尤素夫
        return word[:6]
    return word if len(word) <= 4 else word[: 4 if word[:2] in COMPOUND else 3]


def _name_at(text: str, at: int, confidence: float) -> Reading | None:
    word = _word_at(text, at)
    if not _looks_like_name(word):
        return None
    return Reading("person_name", word, at, at + len(word), confidence)


def _explained(text: str, found: list[Reading]) -> list[Reading]:
    """章国强，弓长张的张: the explained surname takes the place of the one that was heard."""
    spelled = _spelled(text, 0)
    if spelled is None:
        return found
    surname, start, end = spelled
    if found and found[0].start < start:
        first = found[0]
        return [Reading("person_name", surname + str(first.value)[1:], first.start, first.end, EXACT)]
    first_place = next((at for at, char in enumerate(text) if is_word(char)), start)
    heard = _word_at(text, first_place) if first_place < start else ""
    if 2 <= len(heard) <= 3 and first_place + len(heard) <= start and not _NOT_NAMES.search(heard):
        return [Reading("person_name", surname + heard[1:], first_place, first_place + len(heard), 0.85)]
    later = end
    while later < len(text) and not is_word(text[later]):
        later += 1
    rest = _word_at(text, later)
    if rest.startswith(surname) and _looks_like_name(rest):
        return [Reading("person_name", rest, later, later + len(rest))]
    if 1 <= len(rest) <= 3:
        return [Reading("person_name", surname + rest, start, later + len(rest), 0.85)]
    return [Reading("person_name", surname, start, end, 0.5)]


def _written(text: str, name: Reading) -> Reading:
    """王德福，得到的得: a character of the name, explained, takes the place of the one that sounds like it."""
    word = str(name.value)
    for said in _EXPLAINED.finditer(text, name.end):
        char = said["char"]
        sound = syllables(char)
        at = [n for n, one in enumerate(word) if n and syllables(one) == sound]
        if char in said["word"] and char not in word and at:
            word = word[: at[0]] + char + word[at[0] + 1 :]
    return replace(name, value=word)


def _put_right(text: str) -> list[Reading]:
    """不是，是王得福: the name that takes the place of the one that was read back."""
    found: list[Reading] = []
    for lead in _PUTS_RIGHT.finditer(text):
        at = lead.end()
        while at < len(text) and not is_word(text[at]):
            at += 1
        one = _name_at(text, at, EXACT if lead["is"] else 0.7)
        plain = one is not None and (lead["is"] is not None or lead["is_not"] is not None or len(str(one.value)) > 2)
        if one is None or not plain or str(one.value)[-1] in _KINDS:
            continue
        if _ends(text, one, sure=False) or _EXPLAINED.match(text, one.end):
            found.append(one)
    return found


def people(text: str, context: ParseContext, taken: list[Reading]) -> list[Reading]:
    """The name of a person, where one was asked for or is announced as one."""
    expected = "person_name" in context.expect
    found: list[Reading] = []
    for lead in _LEAD.finditer(text):
        sure = lead[0][-1:] == "叫" or "名" in lead[0]
        at = lead.end()
        while at < len(text) and not is_word(text[at]):
            at += 1
        one = _name_at(text, at, EXACT if sure or expected else 0.6)
        if (
            one is not None
            and (sure or expected or len(str(one.value)) in {2, 3})
            and _ends(text, one, sure or expected)
        ):
            found.append(one)
    if not found and expected:
        lead_words = _FILLER.match(text.lstrip("，,。 "))
        offset = len(text) - len(text.lstrip("，,。 ")) + (lead_words.end() if lead_words else 0)
        while offset < len(text) and not is_word(text[offset]):
            offset += 1
        one = _name_at(text, offset, 0.85)
        found = [one] if one is not None else []
    if not found and "affirm" in context.expect:
        found = _put_right(text)
    if expected or found:
        found = [_written(text, one) for one in _explained(text, found)]
    certain = [one for one in found if one.confidence > EXACT - 0.11]
    days = [one for one in taken if one.slot == "date" and any(_holds(name, one) for name in certain)]  # 陈国庆
    return [one for one in found if not overlaps(one.start, one.end, [one for one in taken if one not in days])]


def _holds(name: Reading, other: Reading) -> bool:
    return name.start < other.start and other.end <= name.end


def _ends(text: str, name: Reading, sure: bool) -> bool:
    """我是马明 is a name; in 我是马上要去 the words go on."""
    return sure or not is_word(text[name.end : name.end + 1])


def doctors(text: str, taken: list[Reading]) -> list[Reading]:
    """王大夫, 马国强主任: surname and name as said."""
    found = []
    for title in _TITLE.finditer(text):
        before = text[max(0, title.start() - 4) : title.start()]
        name = _doctor(before)
        start = title.start() - len(name)
        if name and not overlaps(start, title.end(), taken):
            found.append(Reading("doctor", name, start, title.end(), EXACT if len(name) > 1 else 0.9))
    return found or [
        Reading("doctor", None, one.start(), one.end(), 0.6)
        for one in _SOME_DOCTOR.finditer(text)
        if not overlaps(one.start(), one.end(), taken)
    ]


def _doctor(before: str) -> str:
    """The name at the end of the words before a title."""
    for length in (3, 2, 1):
        name = before[-length:]
        if len(name) < length or name[0] not in _DOCTOR_SURNAMES or not _HAN.fullmatch(name):
            continue
        rest = before[:-length]
        if length > 1 and (
            _NOT_NAMES.search(name) or name[-1] in "科的个位名看找挂约" or name[-1:] in {"老", "女", "男", "好"}
        ):
            continue
        if length > 1 and rest and not _LEADS_DOCTOR.search(rest) and name[1:2] in _DOCTOR_SURNAMES and length == 2:
            continue
        return name
    return ""
