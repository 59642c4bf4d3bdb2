"""Signs of a fraud in what a caller tells: reasons for the person who helps, never an accusation.

The signs are those of which the notices of the anti-fraud line (96110) warn older people: somebody official wants money
moved, a “safe account”, a grandchild in trouble, health products, codes read out, screens shared, secrecy."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MONEY = (
    r"(?:转[账帐钱款]|转过去|转给|转到|转走|打[钱款]|打过去|汇[钱款]|汇过去|交[钱款]|交.{0,4}[费金]|付[钱款]|给.{0,3}钱|"
    r"拿.{0,3}钱|寄钱|存到|存进|取钱|取出来|现金)"
)
_OFFICIAL = r"(?:公安|警察|派出所|民警|检察|法院|法官|社保局|医保局|医保中心|银监|通信管理|专案|办案)"
_KIN = r"(?:孙子|孙娃|孙女|尕孙|外孙|儿子|尕娃|女儿|丫头|娃娃|侄子|外甥)"
_TROUBLE = r"(?:出事|出车祸|撞了人|撞人|被抓|抓起来|抓了|打伤|打了人|住院|急用|急需|关起来|拘留|犯了?事|绑)"
_WANTED = rf"(?:{_MONEY}|要.{{0,5}}[钱块万千]|钱|赎)"
_GOODS = r"(?:保健品|保健药|神药|特效药|神医|仪器|理疗|床垫|鸡蛋)"
_AHEAD = r"(?:定金|订金|押金|预付|先交|交钱|交了)"
_CODE = r"(?:验证码|校验码|动态码|短信.{0,6}码|六位数|密码)"
_HIDE = r"(?:不要|不让|别|不能|不许).{0,4}(?:告诉|跟|对|给)"
_FAMILY = r"(?:家里|儿子|女儿|孩子|娃娃|别人|任何人|子女)"
_SELLER = (
    r"(?:卖|推销|收.{0,8}费|查.{0,4}[水电气]表|安检|检修|"
    r"换.{0,4}(?:阀|管|表)|检查.{0,4}(?:水|电|气|管)|免费.{0,4}(?:体检|检查|清洗))"
)
_AT_HOME = r"(?:上门|敲门|门口|门外|我家|家里|屋里|院子里)"
_DEMAND = (
    r"(?:(?:叫|让|非?要|逼|硬要)(?:我|俺)?.{0,3}(?:交|掏|给|付|买|转|拿|[一二三四五六七八九十两几\d]{1,3}[十百千万块])(?!多少)|"
    r"要钱|不(?:肯|愿)?走)"
)
_GAIN = r"(?:中了?大?奖|领.{0,6}(?:补贴|奖|礼)|多领|退款|理赔|贷款|投资|返利|高利息|收益)"

SIGNS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "safe_account": ((r"安全的?[账帐][户号]|(?:核查|监管)[账帐]户",), "提到“安全账户”"),
    "police_money": (
        (
            rf"{_OFFICIAL}.{{0,24}}{_MONEY}",
            rf"{_MONEY}.{{0,16}}{_OFFICIAL}",
            rf"{_OFFICIAL}.{{0,20}}(?:洗钱|通缉|逮捕|涉案|冻结).{{0,24}}[钱账卡]",
            rf"{_OFFICIAL}.{{0,20}}(?:银行卡|卡号|密码|存折)",
        ),
        "自称公安、法院或社保的人要钱或要卡号",
    ),
    "kin_in_trouble": (
        (
            rf"{_KIN}.{{0,12}}{_TROUBLE}.{{0,24}}{_WANTED}",
            rf"{_TROUBLE}.{{0,16}}{_KIN}.{{0,12}}{_WANTED}",
            rf"冒充.{{0,6}}{_KIN}",
        ),
        "说晚辈出事，急着要钱",
    ),
    "health_product": (
        (rf"{_GOODS}.{{0,24}}(?:{_AHEAD}|转|汇|打款|几千|几万|上万|万[块元]|千块)", rf"{_AHEAD}.{{0,16}}{_GOODS}"),
        "买保健品先交钱",
    ),
    "code_read_out": (
        (rf"{_CODE}.{{0,14}}[报念说告发给读]", rf"(?:[报念说读]|告诉|发给|要我?的?|问我?要?).{{0,10}}{_CODE}"),
        "要验证码或密码",
    ),
    "shared_screen": (
        (
            r"共享屏幕|屏幕共享|远程(?:控制|操作|协助)",
            r"下载.{0,8}(?:软件|会议|app|APP).{0,20}(?:钱|退款|卡|操作|看)",
        ),
        "要共享屏幕或装软件",
    ),
    "fee_first": (
        (rf"{_GAIN}.{{0,20}}(?:手续费|保证金|税|先交|先转|交钱|押金|解冻|点链接)",),
        "先交手续费、保证金",
    ),
    "doorstep": (
        (rf"{_AT_HOME}.{{0,10}}{_SELLER}.{{0,16}}{_DEMAND}", rf"{_SELLER}.{{0,10}}{_AT_HOME}.{{0,12}}{_DEMAND}"),
        "有人上门推销、收费，要钱",
    ),
    "secrecy": (
        (rf"{_HIDE}.{{0,6}}{_FAMILY}.{{0,24}}(?:{_MONEY}|[钱卡])", rf"{_MONEY}.{{0,16}}{_HIDE}.{{0,8}}{_FAMILY}"),
        "叫瞒着家里人",
    ),
}
"""Code of a reason → its patterns, and the reason in words for the person who helps."""
_PATTERNS = {code: re.compile("|".join(patterns)) for code, (patterns, _) in SIGNS.items()}
_OWN_CODE = re.compile(r"取号码|忘[了记]?.{0,4}密码|改密码|密码.{0,6}[忘改]|重置|收不到")
"""The caller's own trouble with a code, which nobody else has asked for."""


def signs(text: str) -> tuple[str, ...]:
    """Codes of the reasons, none when there is no sign."""
    text = text[:200]
    found = tuple(code for code, pattern in _PATTERNS.items() if pattern.search(text))
    return () if found == ("code_read_out",) and _OWN_CODE.search(text) else found


def in_words(codes: tuple[str, ...]) -> tuple[str, ...]:
    """The reasons as the person who helps reads them."""
    return tuple(SIGNS[code][1] for code in codes if code in SIGNS)
