"""The five shops and what they sell. Dialogues speak of these goods; orders cost what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Platform = Literal["pdd", "taobao", "jd", "douyin"]

VARIANTS = 48
"""Ways to fill the blanks of a dialogue in one shop: a product, a size, a colour, a carrier … that stay the same through a contact."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A question about size, its answer, and the size that comes out of it."""

    ask: str
    answer: str
    spec: str


@dataclass(frozen=True, slots=True)
class Product:
    """Something on sale. `yuan` is the price of one; `fits` its own questions of size, where the shop's do not suit it."""

    name: str
    short: str
    yuan: int
    material: str
    fits: tuple[Fit, ...] = ()


_PILLOWS = (
    Fit("颈椎不好用高的还是低的", "颈椎不舒服建议选低枕，8厘米的", "低枕8cm"),
    Fit("侧睡用哪种高度", "侧睡选高枕，10-12厘米比较合适", "高枕12cm"),
)
_CLOTHES = (
    Fit("178，150斤买L还是XL", "178、150斤建议XL，里面还能加一件", "XL"),
    Fit("身高165，110斤女生穿多大", "165、110斤拍M码就合适", "M"),
)
_BAGS = (
    Fit("40升三天两夜够用吗", "40升三天两夜刚好，带帐篷建议选60升", "40L"),
    Fit("能当登机箱带上飞机吗", "40升的一般可以带上飞机，以航司规定为准", "40L"),
)
_BLENDERS = (
    Fit("多大容量，三个人够喝吗", "1.2升的，三个人喝刚好", "1.2L"),
    Fit("能打冰吗，功率多大", "600瓦的可以碎冰，大块冰先敲小一点", "600W"),
)
_KNIVES = (Fit("一套有几件", "7件套，4把刀、剪刀、磨刀棒和刀座", "7件套"), Fit("有没有带砧板的", "带砧板的是9件套，多20元", "9件套"))
_SETS = (Fit("1米2的床能用吗", "1米2的床选150×200的就可以", "150×200"), Fit("两个人盖多大的", "两个人盖建议200×230", "200×230"))


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of the demo. `volume` is contacts on an ordinary day at scale 1; `bots` the part of contacts a robot greets."""

    shop_id: str
    platform: Platform
    name: str
    volume: int
    bots: float
    products: tuple[Product, ...]
    fits: tuple[Fit, ...]
    colours: tuple[str, ...]
    carriers: tuple[str, ...]

    def product(self, variant: int) -> Product:
        return self.products[variant % len(self.products)]

    def slots(self, variant: int) -> Mapping[str, str]:
        """The blanks of a dialogue, filled for one variant (0 … VARIANTS - 1)."""
        product = self.product(variant)
        turn = variant // len(self.products)
        fits = product.fits or self.fits
        fit = fits[turn % len(fits)]
        off = (5, 10, 20, 30)[variant % 4]
        return {
            "item": product.name,
            "short": product.short,
            "price": str(product.yuan),
            "material": product.material,
            "ask": fit.ask,
            "fit": fit.answer,
            "spec": fit.spec,
            "colour": self.colours[(variant * 5 + turn) % len(self.colours)],
            "other": self.colours[(variant * 5 + turn + 1) % len(self.colours)],
            "carrier": self.carriers[(variant + turn) % len(self.carriers)],
            "off": str(off),
            "over": str(off * 10 - 1),
            "after": str(product.yuan - off if product.yuan > off * 3 else product.yuan),
            "city": CITIES[variant % len(CITIES)],
            "hub": CITIES[(variant + 5) % len(CITIES)],
            "eta": ("两天", "三天左右", "2-4天", "明后天")[variant % 4],
            "dispatch": ("今天", "24小时内", "48小时内", "明天上午")[turn % 4],
            "stock": str(3 + variant * 7 % 90),
            "shop": self.name,
        }


CITIES = ("杭州", "成都", "武汉", "西安", "沈阳", "广州", "郑州", "昆明", "合肥", "南昌", "济南")

SHOPS: tuple[Shop, ...] = (
    Shop(
        "548213907",
        "pdd",
        "暖禾女装",
        68,
        0.62,
        (
            Product("秋冬新款圆领针织开衫", "针织开衫", 89, "52%棉、30%涤纶、18%腈纶"),
            Product("高腰显瘦直筒牛仔裤", "牛仔裤", 79, "棉98%、氨纶2%，有一点弹力"),
            Product("加绒连帽卫衣宽松款", "卫衣", 69, "面料65%棉，里面是摇粒绒"),
            Product("法式碎花长袖连衣裙", "连衣裙", 129, "聚酯纤维，有内衬不透"),
            Product("中长款双面呢大衣", "大衣", 259, "羊毛30%，双面呢"),
        ),
        (
            Fit("身高162体重105斤穿多大", "162、105斤建议您拍M码，想宽松一点可以拍L", "M"),
            Fit("一米六五，118斤要什么码", "165、118斤拍L码就合适的", "L"),
            Fit("155，90斤穿S还是M", "90斤的话S码刚好，M会稍微大一点", "S"),
            Fit("有没有加大码，140斤能穿吗", "140斤拍XXL，腰围2尺5以内都能穿", "XXL"),
        ),
        ("燕麦色", "黑色", "豆沙粉", "雾霾蓝", "奶白"),
        ("中通", "圆通", "韵达", "极兔"),
    ),
    Shop(
        "612095438",
        "pdd",
        "贝乐童装工厂店",
        52,
        0.55,
        (
            Product("儿童加绒加厚运动套装", "运动套装", 75, "棉80%、聚酯纤维20%"),
            Product("宝宝纯棉秋衣秋裤两件套", "秋衣套装", 39, "95%棉、5%氨纶，A类"),
            Product("男童轻薄羽绒服", "羽绒服", 149, "填充白鸭绒90%，充绒量58克"),
            Product("女童公主裙加绒网纱裙", "公主裙", 66, "面料聚酯纤维，里衬是纯棉"),
        ),
        (
            Fit("孩子5岁，身高112穿多大", "112的身高建议拍120，能穿到明年", "120"),
            Fit("宝宝一岁半穿多大码", "一岁半一般80-90，您家宝宝偏胖就拍90", "90"),
            Fit("身高128体重52斤拍几码", "128、52斤拍130刚好，想穿久一点拍140", "130"),
        ),
        ("藏青", "粉色", "浅灰", "姜黄"),
        ("中通", "申通", "极兔", "邮政"),
    ),
    Shop(
        "217364508",
        "taobao",
        "安禾家纺旗舰店",
        64,
        0.70,
        (
            Product("60支长绒棉四件套纯色简约", "四件套", 399, "100%新疆长绒棉，60支"),
            Product("大豆纤维春秋被加厚冬被", "大豆被", 269, "被壳全棉，填充大豆纤维"),
            Product("泰国天然乳胶枕护颈枕", "乳胶枕", 159, "93%天然乳胶", _PILLOWS),
            Product("牛奶绒冬季加厚床单四件套", "牛奶绒四件套", 299, "牛奶绒，克重280"),
            Product("全棉纱布毛巾被夏凉毯", "毛巾被", 139, "三层纱布全棉", _SETS),
        ),
        (
            Fit("1米8的床要买多大的被套", "1.8米的床一般配220×240的被套哦", "220×240"),
            Fit("1.5的床用哪个尺寸", "1.5米床选200×230就可以，床单是230×250的", "200×230"),
            Fit("宿舍90公分的床有吗", "有的，学生款150×200，床单120×230，三件套", "150×200"),
        ),
        ("月牙白", "豆绿", "烟灰", "砖红"),
        ("中通", "圆通", "顺丰", "菜鸟"),
    ),
    Shop(
        "10283746",
        "jd",
        "远途运动户外专营店",
        44,
        0.66,
        (
            Product("缓震透气跑步鞋男女同款", "跑步鞋", 329, "网布鞋面，EVA中底，橡胶大底"),
            Product("防泼水三合一冲锋衣", "冲锋衣", 468, "面料锦纶，防水指数8000，抓绒内胆", _CLOTHES),
            Product("轻量徒步登山包40L", "登山包", 219, "420D尼龙，带防雨罩", _BAGS),
            Product("加厚速干运动长裤", "运动长裤", 139, "88%聚酯纤维、12%氨纶", _CLOTHES),
        ),
        (
            Fit("平时穿42码，这个偏大吗", "这款是标准码，平时42就拍42，脚背高拍大半码", "42"),
            Fit("178，150斤买L还是XL", "178、150斤建议XL，里面还能加抓绒", "XL"),
            Fit("脚长24.5买几码", "24.5厘米对应39码，脚宽建议40", "39"),
        ),
        ("曜石黑", "荧光绿", "深海蓝", "卡其"),
        ("京东快递", "京东物流"),
    ),
    Shop(
        "46218093",
        "douyin",
        "小满厨房好物",
        46,
        0.50,
        (
            Product("麦饭石不粘炒锅家用", "炒锅", 119, "铝合金锅体，麦饭石色涂层，不含PFOA"),
            Product("304不锈钢三层蒸锅", "蒸锅", 139, "304食品级不锈钢"),
            Product("可拆洗多功能料理机", "料理机", 199, "304刀头，杯体Tritan", _BLENDERS),
            Product("抗菌砧板刀具套装", "刀具套装", 99, "刀身5Cr15MoV，砧板是抗菌PP", _KNIVES),
        ),
        (
            Fit("三口之家买多大的合适", "3到4个人用30cm的就够了", "30cm"),
            Fit("28和32有什么区别", "28的适合1-2人，32的大一圈，4-6人用，其他都一样", "32cm"),
            Fit("电磁炉能用吗，买哪个尺寸", "电磁炉燃气都能用，电磁炉建议28cm，受热更匀", "28cm"),
        ),
        ("米白", "墨绿", "深灰"),
        ("中通", "圆通", "顺丰"),
    ),
)
